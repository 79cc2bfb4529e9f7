import { defineConfig } from 'vitest/config'

const LAB = ['test/lab/**/*.test.ts', 'test/fault/**/*.test.ts', 'test/screen/**/*.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: LAB, pool: 'forks', isolate: false, testTimeout: 20_000, globalSetup: ['test/temp.ts'] },
      },
      // One practice cluster, shared: files one after the other, each leaves it as found.
      {
        test: {
          name: 'lab',
          include: LAB,
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
          globalSetup: ['test/temp.ts', 'test/lab/setup.ts'],
        },
      },
    ],
  },
})
