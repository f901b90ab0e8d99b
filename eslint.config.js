// What the build keeps for us: the layers and their one way, a core without side effects, promises that are awaited.
// Every forbidden import says why, since whoever meets the message has just tried it.

import jest from 'eslint-plugin-jest'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Anything below one of these folders of src/, seen from another folder. */
const folders = (...names) => `^(\\.{1,2}/)+(${names.join('|')})/`

const NOBODY_IMPORTS_MAIN = {
  regex: `/main(\\.ts)?$|${folders('start')}`,
  message: 'main and start/ introduce the parts to each other, so no part may know them.',
}

const CORE_IS_PURE = [
  {
    regex: '^node:',
    message:
      'core is pure: values in, values out, in a browser too. Whoever calls it reads files, clocks and sockets.',
  },
  {
    group: ['express', 'pino', 'prom-client', 'yaml', 'commander', 'selfsigned'],
    message: 'core is pure: servers, logs, metrics and text formats belong to whoever calls it.',
  },
  {
    group: ['@kubernetes/client-node'],
    allowTypeImports: true,
    message: 'core never talks to a cluster; it may see types with "import type" only.',
  },
  {
    regex: folders(
      'server',
      'cluster',
      'reconcile',
      'observe',
      'certificates',
      'cli',
      'manifests',
      'offline',
      'report',
    ),
    message: 'imports point one way: everybody may know core, core knows nobody.',
  },
]

const STATES_WHAT_IT_NEEDS = (...others) => ({
  regex: folders(...others),
  message:
    'state the two or three functions you need as a type in your own file; the other part fulfils it and main introduces the two.',
})

const KNOWS_ONLY_CORE = (...others) => ({
  regex: folders(...others),
  message: 'this part serves main and knows only core; what it needs from another part is handed in.',
})

/** The layers: which folder may not import what, and why. */
const layer = (folder, ...patterns) => ({
  files: [`src/${folder}/**/*.ts`],
  rules: {
    '@typescript-eslint/no-restricted-imports': ['error', { patterns: [NOBODY_IMPORTS_MAIN, ...patterns] }],
  },
})

const NO_CLOCK = 'core has no clock: time is an argument, so that no test ever waits.'
const NO_WORLD = 'core is pure and runs in a browser too: what it needs is an argument.'

export default defineConfig(
  { ignores: ['node_modules/', 'dist/', '.cache/', 'bench/results/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.config.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Fulfilling a type that promises needs no await of one's own.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': false, minimumDescriptionLength: 10 },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },

  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': ['error'],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ExportDefaultDeclaration',
          message: 'a default export has no name to search for; export it by name.',
        },
      ],
      'max-lines': ['error', 300],
    },
  },
  { files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },

  layer('core', ...CORE_IS_PURE),
  layer('core/networks', ...CORE_IS_PURE, {
    regex: folders('admission', 'services', 'endpoints'),
    message: 'networks is the ground that admission, services and endpoints stand on; it knows none of them.',
  }),
  layer('core/endpoints', ...CORE_IS_PURE, {
    regex: folders('admission', 'services'),
    message:
      'slices are calculated alike whatever asked for them: in which dialect, and when, is not known here.',
  }),
  layer('core/services', ...CORE_IS_PURE, {
    regex: folders('admission'),
    message: 'services reads what is asked for; what becomes of a request is decided by admission.',
  }),
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate', 'performance'].map((name) => ({
          name,
          message: NO_CLOCK,
        })),
        ...['process', 'Buffer', 'fetch', 'crypto', 'console'].map((name) => ({ name, message: NO_WORLD })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: NO_CLOCK },
        {
          object: 'Math',
          property: 'random',
          message: 'the same facts give the same bytes: chance is an argument.',
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: NO_CLOCK },
        { selector: 'ExportDefaultDeclaration', message: 'a default export has no name to search for.' },
      ],
    },
  },
  layer('server', STATES_WHAT_IT_NEEDS('cluster', 'reconcile', 'observe', 'certificates', 'cli')),
  layer('reconcile', STATES_WHAT_IT_NEEDS('cluster', 'server', 'observe', 'certificates', 'cli')),
  layer('cluster', KNOWS_ONLY_CORE('server', 'reconcile', 'observe', 'certificates', 'cli')),
  layer('observe', KNOWS_ONLY_CORE('server', 'reconcile', 'cluster', 'certificates', 'cli')),
  layer('certificates', KNOWS_ONLY_CORE('server', 'reconcile', 'observe', 'cli')),
  layer('manifests', KNOWS_ONLY_CORE('server', 'reconcile', 'cluster', 'observe', 'certificates', 'cli')),
  layer('cli'),

  {
    files: ['test/**/*.ts'],
    ...jest.configs['flat/recommended'],
    rules: {
      ...jest.configs['flat/recommended'].rules,
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/expect-expect': [
        'error',
        { assertFunctionNames: ['expect*', '**.expect*', 'fc.assert', 'assert*'] },
      ],
      'jest/no-standalone-expect': 'off',
      'jest/no-conditional-expect': 'off',
      'jest/valid-title': ['error', { ignoreTypeOfDescribeName: true, ignoreTypeOfTestName: true }],
      // What a test reads from a wire has no type, and asserting on it is the test.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['*.config.js'], extends: [tseslint.configs.disableTypeChecked] },
)
