// Two projects: `unit` is quick and needs nothing; `cluster` runs on real control planes, one per test file.
// By hand: scripts/node.sh --experimental-vm-modules node_modules/.bin/jest --selectProjects unit -- PATH
const common = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'json'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/.cache/', '<rootDir>/dist/'],
  setupFilesAfterEnv: ['<rootDir>/test/support/time-limit.ts'],
}

export default {
  // A control plane takes half a gigabyte and a good part of a core while it starts.
  maxWorkers: 2,
  projects: [
    {
      ...common,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/(cluster|e2e)/'],
    },
    {
      ...common,
      displayName: 'cluster',
      testMatch: ['<rootDir>/test/cluster/**/*.test.ts'],
    },
  ],
}
