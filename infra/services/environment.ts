/** What processes that are started here find in their environment: nothing of a user's that changes what they do or print. */

/** UTF-8 for names of files, plain English for what is read from outputs, and the functions' time zone on AWS. */
const fixed = { LC_ALL: 'C.UTF-8', TZ: 'UTC' }

/** Variables of a user's own programs. Ours of the same families are excepted. */
const foreign = new RegExp(
  `^(?:${[
    '_?JAVA_(?:TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|JAVA_OPTS|CLASSPATH|LOG4J_.*|LOG_DIR',
    'KAFKA_(?!BROKERS$|CLUSTER_ARN$|EVENT_SOURCE_INVOKE_URL$).*',
    'MAVEN_(?:OPTS|ARGS|CONFIG|DEBUG_OPTS)',
    'MYSQL_(?!URL$).*|MYSQLD_.*|MARIADB_.*|REDISCLI_.*',
    'NODE_(?!EXTRA_CA_CERTS$).*|npm_.*|VITEST.*|ESBUILD_.*',
    'SLS_.*|SERVERLESS_.*|AWS_(?:DEFAULT_)?PROFILE|AWS_SDK_LOAD_CONFIG',
    'LD_PRELOAD|DYLD_INSERT_LIBRARIES|BASH_ENV|ENV',
    'LC_.*|LANG|LANGUAGE|TZ|(?:FORCE|NO)_COLOR|CLICOLOR.*',
  ].join('|')})$`,
)

/** A proxy is no way to this machine itself. */
function withoutProxy(): NodeJS.ProcessEnv {
  const given = process.env.no_proxy ?? process.env.NO_PROXY
  const hosts = given === '*' ? given : [given, 'localhost,127.0.0.1,::1'].filter(Boolean).join(',')
  return { no_proxy: hosts, NO_PROXY: hosts }
}

/** This process's own environment without what is foreign, and with `added`: for tools, and for our own code. */
export function childEnvironment(added: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(ours), ...withoutProxy(), ...fixed, ...added }
}

/** Servers are told everything on their command line. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH } = process.env
  return { ...(PATH && { PATH }), ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }), ...fixed }
}

/** Maven keeps what it may need to reach its repository: properties of Java such as a proxy, and the files of settings. */
export function mavenEnvironment(): NodeJS.ProcessEnv {
  const { JAVA_TOOL_OPTIONS, MAVEN_OPTS, MAVEN_ARGS } = process.env
  const properties = words(JAVA_TOOL_OPTIONS, MAVEN_OPTS).filter((word) => word.startsWith('-D'))
  const settings = /(?:^|\s)(?:-s|-gs|--settings|--global-settings)[\s=]\S+/g
  return childEnvironment({
    MAVEN_OPTS: [...properties, ...javaLanguage].join(' '),
    MAVEN_ARGS: (MAVEN_ARGS?.match(settings) ?? []).join(' ').trim(),
  })
}

/** On macOS Java asks the system for its language, not the environment. */
export const javaLanguage = ['-Duser.language=en', '-Duser.country=US', '-Duser.timezone=UTC', '-Dfile.encoding=UTF-8']

function words(...texts: (string | undefined)[]): string[] {
  return texts.flatMap((text) => text?.split(/\s+/) ?? [])
}

// fetch reads it at each call, should NODE_USE_ENV_PROXY be set.
Object.assign(process.env, withoutProxy())
