/** All cases that need a real API server, in one file: it is started once. */
import { afterAll, beforeAll, describe } from 'vitest'
import { type Cluster, startCluster } from './apiserver.ts'
import { clientCases } from './client.cases.ts'
import { execCases } from './exec.cases.ts'
import { watchCases } from './watch.cases.ts'

let cluster: Cluster | undefined
const up = (): Cluster => {
  if (cluster === undefined) throw new Error('no cluster')
  return cluster
}
beforeAll(async () => {
  cluster = await startCluster()
}, 120_000)
afterAll(() => cluster?.stop())

describe('client', () => clientCases(up))
describe('watch', () => watchCases(up))
describe('exec', () => execCases(up))
