// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of templates are what this is about
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { GatewayWanted } from '../../lib/inventory/site.ts'
import { isError } from '../../lib/kernel/errors.ts'
import type { KubeObject } from '../../lib/kube/port.ts'
import { configMapChange, configMapPatch, ownKeys, renderConfigMap } from '../../lib/render/config-map.ts'
import { fill, readTemplate } from '../../lib/render/template.ts'

const gateway: GatewayWanted = {
  type: 'centralized',
  nodes: [{ name: 'node1' }],
  nic: 'eth1',
  address: '172.56.0.100/16',
  mac: '16:52:f3:13:6a:25',
  nextHop: '172.56.0.1',
}
const namespace = 'kube-system'
const map = (data: Record<string, string>): KubeObject => ({ metadata: { name: 'ovn-external-gw-config', namespace }, data })
const dataOf = (o: KubeObject): unknown => o['data']

describe('the rendered ConfigMap', () => {
  it('is what the real clusters of the recordings were given (s04: centralized, s16: two nodes, s23: distributed)', () => {
    expect(renderConfigMap(gateway, { namespace })).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'ovn-external-gw-config', namespace: 'kube-system' },
      data: {
        'enable-external-gw': 'true',
        type: 'centralized',
        'external-gw-nodes': 'node1',
        'external-gw-nic': 'eth1',
        'nic-ip': '172.56.0.100/16',
        'nic-mac': '16:52:f3:13:6a:25',
        'external-gw-addr': '172.56.0.1/16',
      },
    })
    const two = renderConfigMap({ ...gateway, nodes: [{ name: 'node1', priority: 9 }, { name: 'node2' }] }, { namespace })
    expect(dataOf(two)).toMatchObject({ 'external-gw-nodes': 'node1,node2' })
    expect(dataOf(renderConfigMap({ ...gateway, type: 'distributed' }, { namespace }))).toEqual({
      'enable-external-gw': 'true',
      type: 'distributed',
      'external-gw-nic': 'eth1',
      'nic-ip': '172.56.0.100/16',
      'nic-mac': '16:52:f3:13:6a:25',
      'external-gw-addr': '172.56.0.1/16',
    })
  })

  it('leaves out what Kube-OVN is to choose, and disables with the one text it knows', () => {
    expect(dataOf(renderConfigMap({ type: 'centralized', nodes: [{ name: 'n' }], nic: 'eth1', address: 'auto' }, { namespace, enabled: false }))).toEqual({
      'enable-external-gw': 'false',
      type: 'centralized',
      'external-gw-nodes': 'n',
      'external-gw-nic': 'eth1',
    })
    expect(dataOf(renderConfigMap({ ...gateway, address: 'auto' }, { namespace }))).toMatchObject({ 'external-gw-addr': '172.56.0.1' })
  })

  it('takes any text as one value: nothing in it can add a key', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.constantFrom('a\nb: c', '"', "'", '# x', '${mac}', '*a', '&a', '!!int 1', '1', 'true', 'null', '- x', '{', '---', 'a: b'),
    )
    fc.assert(
      fc.property(texts, texts, (nic, mac) => {
        const made = renderConfigMap({ ...gateway, nic, mac }, { namespace })
        expect(dataOf(made)).toEqual({ ...(dataOf(renderConfigMap(gateway, { namespace })) as object), 'external-gw-nic': nic, 'nic-mac': mac })
      }),
    )
  })
})

describe('fill', () => {
  const bug = (text: string, values: Record<string, string | undefined>): string => {
    try {
      fill(text, values)
    } catch (e) {
      if (isError(e, 'BUG')) return e.message
    }
    throw new Error('was filled in')
  }
  it.each([
    ['a: ${x}', {}, 'no value for ${x}'],
    ['a: ${x}', { x: undefined }, 'no value for ${x}'],
    ['a: b', { x: '1' }, 'no placeholder for x'],
    ['a: b', { x: undefined }, 'no placeholder for x'],
    ['a: pre${x}', { x: '1' }, 'not a part of one: pre${x}'],
    ['a: ["${x} ${y}"]', { x: '1', y: '2' }, 'not a part of one'],
    ['${x}: a', { x: '1' }, 'a key cannot be a placeholder'],
    ['a: ${y?}', { x: '1' }, 'no value for ${y}'],
    ['a: [', { x: '1' }, 'Flow sequence'],
  ])('%s with %j is refused', (text, values, why) => {
    expect(bug(text, values)).toContain(why)
  })
  it('fills lists and maps, and drops an optional key without a value', () => {
    expect(fill('a:\n  b: ${x}\n  c: ${y?}\nd: [ "${x}" ]', { x: '1', y: undefined })).toEqual({ a: { b: '1' }, d: ['1'] })
  })
  it('every shipped template is one valid YAML manifest before it is filled in', () => {
    const files = readdirSync(new URL('../../templates/', import.meta.url)).filter((f) => f.endsWith('.yaml'))
    expect(files).toContain('ovn-external-gw-config.yaml')
    for (const f of files) expect(parse(readTemplate(f.slice(0, -5)))).toMatchObject({ apiVersion: expect.any(String), kind: expect.any(String) })
  })
})

describe('the change', () => {
  const wanted = renderConfigMap(gateway, { namespace })
  const s14 = map({ ...(dataOf(wanted) as Record<string, string>), 'nic-ip': '172.56.0.160/16', touch: '2 ' })

  it('creates with every line new', () => {
    const change = configMapChange(undefined, wanted)
    expect(change).toMatchObject({ object: 'ConfigMap kube-system/ovn-external-gw-config', action: 'create' })
    expect(change?.diff).toEqual([
      '+enable-external-gw: true',
      '+type: centralized',
      '+external-gw-nodes: node1',
      '+external-gw-nic: eth1',
      '+nic-ip: 172.56.0.100/16',
      '+nic-mac: 16:52:f3:13:6a:25',
      '+external-gw-addr: 172.56.0.1/16',
    ])
  })
  it('updates what differs, and keeps keys that are not ours', () => {
    expect(configMapChange(s14, wanted)).toEqual({
      object: 'ConfigMap kube-system/ovn-external-gw-config',
      action: 'update',
      diff: [
        ' enable-external-gw: true',
        ' type: centralized',
        ' external-gw-nodes: node1',
        ' external-gw-nic: eth1',
        '-nic-ip: 172.56.0.160/16',
        '+nic-ip: 172.56.0.100/16',
        ' nic-mac: 16:52:f3:13:6a:25',
        ' external-gw-addr: 172.56.0.1/16',
        ' touch: "2 "  # not written by ovngw: kept',
      ],
    })
    expect(configMapPatch(s14, wanted)).toEqual({ 'nic-ip': '172.56.0.100/16' })
  })
  it('takes away a key of ours that is not wanted any more', () => {
    const distributed = renderConfigMap({ ...gateway, type: 'distributed' }, { namespace })
    expect(configMapChange(wanted, distributed)?.diff).toEqual(
      expect.arrayContaining(['-external-gw-nodes: node1', '-type: centralized', '+type: distributed']),
    )
    expect(configMapPatch(wanted, distributed)).toEqual({ type: 'distributed', 'external-gw-nodes': null })
  })
  it('deletes with every line gone, foreign ones named', () => {
    const change = configMapChange(map({ touch: '1', 'nic-mac': 'x' }), undefined)
    expect(change).toMatchObject({ action: 'delete', diff: ['-nic-mac: x', '-touch: 1  # not written by ovngw'] })
  })
  it('is nothing when nothing differs', () => {
    expect(configMapChange(undefined, undefined)).toBeUndefined()
    expect(configMapChange(map({ ...(dataOf(wanted) as Record<string, string>), touch: '2' }), wanted)).toBeUndefined()
    expect(configMapChange(map({}), map({}))).toBeUndefined()
  })
  it('is nothing exactly when the patch is empty, and patching makes it nothing', () => {
    const values = fc.dictionary(fc.constantFrom(...ownKeys(), 'touch', 'x'), fc.constantFrom('a', 'b'))
    const own = fc.dictionary(fc.constantFrom(...ownKeys()), fc.constantFrom('a', 'b'))
    fc.assert(
      fc.property(values, own, (before, after) => {
        const patch = configMapPatch(map(before), map(after))
        expect(configMapChange(map(before), map(after)) === undefined).toBe(Object.keys(patch).length === 0)
        const patched = Object.fromEntries(Object.entries({ ...before, ...patch }).filter((e): e is [string, string] => e[1] !== null))
        expect(configMapChange(map(patched), map(after))).toBeUndefined()
        for (const foreign of ['touch', 'x']) expect(patched[foreign]).toBe(before[foreign])
      }),
    )
  })
  it('knows every key the real clusters were seen with (recordings v1.16.2), but the one made by hand', () => {
    const seen = ['enable-external-gw', 'external-gw-addr', 'external-gw-nic', 'external-gw-nodes', 'nic-ip', 'nic-mac', 'touch', 'type']
    expect(seen.filter((k) => !ownKeys().includes(k))).toEqual(['touch'])
  })
})
