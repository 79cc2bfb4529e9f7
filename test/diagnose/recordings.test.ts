/** The recorded faults of the real Kube-OVN: `diagnose` names the link that reality.md says is broken, and nothing on healthy ones. */
import { describe, expect, test } from 'vitest'
import { gatewayLinks } from '../../lib/diagnose/gateway-links.ts'
import { podLinks } from '../../lib/diagnose/pod-links.ts'
import { recording } from '../tasks/checks/recorded-look.ts'
import { checkOf, diagnosed, named, type World } from './recorded.ts'

const pod = (scene: string, name: string, world: World = {}, version: '1.16.2' | '1.11.24' = '1.16.2') =>
  diagnosed(recording(scene, version), world, (ctx) => podLinks(ctx, { namespace: 'default', name }, checkOf, { probe: false }))

describe('a pod', () => {
  test.concurrent.each([
    ['s01', 'pod-eip', 'config', 'annotated, no gateway yet'],
    ['s02', 'pod-eip', 'config', 'R1: no next hop'],
    ['s03', 'pod-eip', 'port', 'routed, and not plugged in by a CNI yet'],
    ['s04', 'pod-eip', 'whole', 'R12: the old row is beside the path'],
    ['s06', 'pod-eip', 'nat', 'R13: annotation changed, routed kept'],
    ['s07', 'pod-dup', 'annotation', 'R14: EIP of another pod'],
    ['s07', 'pod-eip', 'whole', 'R14: the owner is served'],
    ['s11', 'pod-bad1', 'annotation', 'R15'],
    ['s11', 'pod-bad4', 'annotation', 'R15'],
    ['s12', 'pod-snat2', 'annotation', 'R17: annotation removed'],
    ['s26', 'pod-eip', 'path', 'R31: policies gone after a restart'],
    ['s26', 'pod-snat', 'path', 'R31'],
    ['s27', 'pod-eip', 'whole', 'R31 mended'],
    ['s29', 'pod-eip', 'nat', 'R32: the owner lost its row'],
    ['s23', 'pod-d1', 'whole', 'R21: distributed'],
  ])('%s %s: %s (%s)', async (scene, name, link) => {
    expect(named(await pod(scene, name))).toBe(link)
  })

  test('R14: v1.11.24 leaves the second pod un-routed', async () => {
    expect(named(await pod('s07', 'pod-dup', {}, '1.11.24'))).toBe('annotation')
  })
})

describe('the gateway', () => {
  const gateway = (scene: string) => diagnosed(recording(scene), {}, (ctx) => gatewayLinks(ctx, checkOf))
  test.concurrent.each([
    ['s03', 'bridge', 'R11: patch without peer'],
    ['s17', 'chassis', 'R6: the unknown node is no node'],
    ['s18', 'config', 'R7: disabled'],
    ['s20', 'config', 'R7: ConfigMap deleted'],
    ['s21', 'bridge', 'R9: NIC that does not exist'],
    ['s24', 'router', 'R22: nothing built'],
    ['s27', 'whole', 'healthy'],
  ])('%s: %s (%s)', async (scene, link) => {
    expect(named(await gateway(scene))).toBe(link)
  })
})
