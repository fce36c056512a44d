/** Environments of child processes, without the user's variables that would change what they do or print. */

/** UTF-8 for file names, English for output that is parsed, and the functions' time zone on AWS. */
const fixed = { LC_ALL: 'C.UTF-8', TZ: 'UTC' }

/** Variables that configure the user's programs. The exceptions are ours. */
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

/** Requests to this machine must not go through a proxy. */
function withoutProxy(): NodeJS.ProcessEnv {
  const given = process.env.no_proxy ?? process.env.NO_PROXY
  const hosts = given === '*' ? given : [given, 'localhost,127.0.0.1,::1'].filter(Boolean).join(',')
  return { no_proxy: hosts, NO_PROXY: hosts }
}

/** For tools and our own code: this process's environment without foreign variables, and with `added`. */
export function childEnvironment(added: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(ours), ...withoutProxy(), ...fixed, ...added }
}

/** For servers, which are configured by their command line alone. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, LD_LIBRARY_PATH } = process.env
  return { ...(PATH && { PATH }), ...(LD_LIBRARY_PATH && { LD_LIBRARY_PATH }), ...fixed }
}

/** For Maven, which may need Java properties, such as a proxy, and settings files to reach its repository. */
export function mavenEnvironment(): NodeJS.ProcessEnv {
  const { JAVA_TOOL_OPTIONS, MAVEN_OPTS, MAVEN_ARGS } = process.env
  const words = `${JAVA_TOOL_OPTIONS ?? ''} ${MAVEN_OPTS ?? ''}`.split(/\s+/)
  const properties = words.filter((word) => word.startsWith('-D'))
  const settings = /(?:^|\s)(?:-s|-gs|--settings|--global-settings)[\s=]\S+/g
  return childEnvironment({
    MAVEN_OPTS: [...properties, ...javaLanguage].join(' '),
    MAVEN_ARGS: (MAVEN_ARGS?.match(settings) ?? []).join(' ').trim(),
  })
}

/** On macOS Java takes its language from the system, not from the environment. */
export const javaLanguage = ['-Duser.language=en', '-Duser.country=US', '-Duser.timezone=UTC', '-Dfile.encoding=UTF-8']

// With NODE_USE_ENV_PROXY, fetch in this process reads it at each call.
Object.assign(process.env, withoutProxy())
