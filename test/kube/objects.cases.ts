import { describe, expect, test } from 'vitest'
import { CONFIG_MAP, SUBNET } from '../../lib/kube/port.ts'
import type { Cluster } from './apiserver.ts'
import { map, ref, useClients } from './clients.ts'
import { inTurn } from './proxy.ts'

export function objectCases(up: () => Cluster): void {
  const { kube, through, proxy, open } = useClients(up, 'objects')

  describe('objects', () => {
    test('create, get, replace, patch, delete; fields nobody knows survive', async () => {
      const made = await kube().create(CONFIG_MAP, map('life', { a: '1' }))
      expect(made).toMatchObject({ kind: 'ConfigMap', metadata: { name: 'life', uid: expect.any(String) }, data: { a: '1' } })
      const replaced = await kube().replace(CONFIG_MAP, { ...made, data: { a: '2', b: '2' } })
      const patched = await kube().patch(CONFIG_MAP, ref('life'), { data: { a: null, c: '3' } })
      expect(patched['data']).toEqual({ b: '2', c: '3' })
      const brief = await kube().patch(CONFIG_MAP, ref('life'), { data: { c: '3' } }, { metadataOnly: true })
      expect([brief.metadata.name, brief['data']]).toEqual(['life', undefined])
      await kube().patch(
        CONFIG_MAP,
        ref('life'),
        [
          { op: 'test', path: '/data/c', value: '3' },
          { op: 'remove', path: '/data/c' },
        ],
        { type: 'json' },
      )
      expect((await kube().get(CONFIG_MAP, ref('life')))['data']).toEqual({ b: '2' })
      await expect(kube().replace(CONFIG_MAP, replaced)).rejects.toMatchObject({ code: 'CONFLICT' })
      await expect(kube().delete(CONFIG_MAP, ref('life'), { resourceVersion: replaced.metadata.resourceVersion ?? '' })).rejects.toMatchObject({
        code: 'CONFLICT',
      })
      await kube().delete(CONFIG_MAP, ref('life'))
      expect(await kube().find(CONFIG_MAP, ref('life'))).toBeUndefined()
      await kube().delete(CONFIG_MAP, ref('life'))
    })

    test('server-side apply keeps our fields under our name, refuses to steal and takes when forced', async () => {
      const other = await open({ kubeconfig: up().kubeconfig, fieldManager: 'somebody' })
      await other.apply(CONFIG_MAP, map('shared', { theirs: '1', both: 'them' }))
      await expect(kube().apply(CONFIG_MAP, map('shared', { both: 'us' }))).rejects.toMatchObject({
        code: 'CONFLICT',
        why: expect.stringContaining('somebody'),
      })
      const asked = await kube().apply(CONFIG_MAP, map('shared', { both: 'us' }), { force: true, dryRun: true })
      expect(asked['data']).toEqual({ theirs: '1', both: 'us' })
      expect((await kube().get(CONFIG_MAP, ref('shared')))['data']).toEqual({ theirs: '1', both: 'them' })
      const taken = await kube().apply(CONFIG_MAP, map('shared', { both: 'us' }), { force: true })
      const ours = taken.metadata.managedFields?.find((f) => (f as { manager: string }).manager === 'ovngw')
      expect(ours).toMatchObject({ operation: 'Apply', fieldsV1: { 'f:data': { 'f:both': {} } } })
    })

    test('writes carry the field manager, also by create and patch', async () => {
      const made = await kube().create(CONFIG_MAP, map('managed', { a: '1' }))
      expect(made.metadata.managedFields).toEqual([expect.objectContaining({ manager: 'ovngw', operation: 'Update' })])
    })

    test('a list of more than one page is whole', async () => {
      const names = Array.from({ length: 1_100 }, (_, i) => `page-${String(i).padStart(4, '0')}`)
      await Promise.all(names.map((name) => kube().create(CONFIG_MAP, { metadata: { name, namespace: 'default', labels: { page: 'yes' } } })))
      const from = proxy().requests.length
      const { items, resourceVersion } = await through().list(CONFIG_MAP, { namespace: 'default', labelSelector: 'page=yes' })
      expect(items.map((i) => i.metadata.name).toSorted()).toEqual(names)
      expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
      expect(resourceVersion).toMatch(/^\d+$/)
      expect(proxy().requests.length - from).toBe(6)
    })

    test('a page that expired starts the list again', async () => {
      const gone = JSON.stringify({ kind: 'Status', reason: 'Expired', code: 410, message: 'The provided continue parameter is too old' })
      proxy().fault = inTurn([{ kind: 'answer', status: 410, body: gone }], (r) => r.url.includes('continue='))
      const { items } = await through().list(CONFIG_MAP, { namespace: 'default', labelSelector: 'page=yes' })
      expect(new Set(items.map((i) => i.metadata.name)).size).toBe(1_100)
      expect(items).toHaveLength(1_100)
    })

    test('a name cannot climb out of its path', async () => {
      for (const name of ['..', '.', '']) await expect(kube().get(CONFIG_MAP, ref(name))).rejects.toMatchObject({ code: 'REJECTED' })
      expect(
        await kube()
          .find(CONFIG_MAP, ref('x?watch=true#y'))
          .catch((e: unknown) => e),
      ).toBeUndefined()
      await expect(kube().get(CONFIG_MAP, ref('../../../nodes'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })
  })

  describe('what the server refuses', () => {
    test('an absent object, an absent namespace and an absent type are told apart', async () => {
      await expect(kube().get(CONFIG_MAP, ref('none'))).rejects.toMatchObject({ code: 'NOT_FOUND', what: 'cannot get ConfigMap default/none' })
      await expect(kube().create(CONFIG_MAP, { metadata: { name: 'x', namespace: 'none' } })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        why: expect.stringContaining('namespaces "none" not found'),
      })
      const missing = { code: 'NOT_FOUND', why: 'the server knows no subnets in kubeovn.io/v1', hint: 'see: kubectl api-resources --api-group=kubeovn.io' }
      await expect(kube().find(SUBNET, { name: 'ovn-default' })).rejects.toMatchObject(missing)
      await expect(kube().delete(SUBNET, { name: 'ovn-default' })).rejects.toMatchObject(missing)
      await expect(kube().list(SUBNET)).rejects.toMatchObject(missing)
    })

    test('invalid objects and double names', async () => {
      await expect(kube().create(CONFIG_MAP, map('Not Valid'))).rejects.toMatchObject({ code: 'REJECTED', why: expect.stringContaining('metadata.name') })
      await expect(kube().list(CONFIG_MAP, { labelSelector: 'a in (' })).rejects.toMatchObject({ code: 'REJECTED' })
      await expect(kube().create(CONFIG_MAP, map('shared'))).rejects.toMatchObject({ code: 'CONFLICT', why: expect.stringContaining('already exists') })
    })
  })
}
