import type { KnipConfig } from 'knip'

/** Where the code is entered from outside: everything else must lead there, or is dead. */
export default {
  workspaces: {
    '.': {
      entry: [
        'functions/*/*.ts',
        'infra/{audit,build-api-page,dead-letters,demo,migrate,start,talk}.ts',
        'infra/{grants,local/edge,local/event-source-mapping}/plugin.ts',
        'infra/deploy/{deploy,rotate-keys,teardown}.ts',
        'infra/local/function-host.ts',
        'infra/bundle/{plugins,debug,iconv-lite,semver}.ts',
        'bench/{run,floods,flooder,large-group,lock-out,word-index}.ts',
        'bench/cost/{run,sink}.ts',
        'bench/paths/{index,announce,batch,list,post,search,send,sink}.ts',
        'web/cli/chat.ts',
        'test/{run,breaks,preload-break,browser/build,fuzz/run}.ts',
        'test/fault/{breaks,preload-clock,preload-names,prove,soak}.ts',
      ],
      project: ['**/*.ts'],
    },
    'web/client': { entry: ['src/index.ts'], project: ['**/*.ts'] },
    'web/app': { entry: ['build.ts'], project: ['**/*.{ts,tsx}'] },
  },
  ignoreIssues: {
    // The migrator is handed whole modules.
    'lib/schema/migrations/*.ts': ['exports'],
  },
  // The parser of dependency-cruiser, what infra/build-api-page.ts and test/browser/font.ts read out of
  // their folders, and a package that is run by its name.
  ignoreDependencies: ['@swc/core', 'swagger-ui-dist', '@fontsource-variable/noto-sans-sc', '@sparticuz/chromium'],
  ignoreExportsUsedInFile: { interface: true, type: true },
} satisfies KnipConfig
