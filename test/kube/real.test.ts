/** All cases that need a real API server, in one file: it is started once. */
import { afterAll, beforeAll, describe } from 'vitest'
import { accessCases } from './access.cases.ts'
import { type Cluster, startCluster } from './apiserver.ts'
import { certificateCases } from './certificates.cases.ts'
import { execCases } from './exec.cases.ts'
import { objectCases } from './objects.cases.ts'
import { troubleCases } from './trouble.cases.ts'
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

describe('objects', () => objectCases(up))
describe('access', () => accessCases(up))
describe('trouble', () => troubleCases(up))
describe('certificates', () => certificateCases(up))
describe('watch', () => watchCases(up))
describe('exec', () => execCases(up))
