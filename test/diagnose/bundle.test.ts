/** Planted secrets never reach the archive, whatever they were planted in; what explains a fault does. */
import { expect, test } from 'vitest'
import { collect, configEntry, slim, textEntry } from '../../lib/diagnose/bundle.ts'
import { OvngwError } from '../../lib/kernel/errors.ts'
import type { Kube, KubeObject } from '../../lib/kube/port.ts'
import { contextOf, kubeOf, recording } from '../tasks/checks/recorded-look.ts'

const PLANTED = 'hunter2-Zq9vX7planted'
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlcGxhbnRlZA'
const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${PLANTED}\nMIIEplanted\n-----END RSA PRIVATE KEY-----`

const annotated = (o: KubeObject, more: Readonly<Record<string, string>>): KubeObject => ({
  ...o,
  metadata: { ...o.metadata, annotations: { ...o.metadata.annotations, ...more } },
})
const holds = (text: string): readonly string[] => [PLANTED, JWT, 'MIIEplanted'].filter((s) => text.includes(s))

test('of a ConfigMap and of objects: no foreign annotation, no unknown key', () => {
  const applied = JSON.stringify({ data: { password: PLANTED } })
  const metadata = {
    name: 'ovn-external-gw-config',
    namespace: 'kube-system',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied, note: PLANTED },
  }
  const { text } = configEntry('c.json', { metadata, data: { 'nic-ip': '172.56.0.100/16', comment: PLANTED, 'external-gw-nic': 'eth1' } })
  expect(holds(text)).toEqual([])
  expect(text).toContain('"nic-ip": "172.56.0.100/16"')
  const node = slim({
    metadata: { name: 'node1', annotations: { 'ovn.kubernetes.io/chassis': 'c1', 'cloud/token': PLANTED }, managedFields: [PLANTED] },
    spec: {},
  })
  expect(holds(JSON.stringify(node))).toEqual([])
  expect(JSON.stringify(node)).toContain('c1')
})

test.each([
  ['a bearer token', `GET /api Authorization: Bearer ${JWT}`],
  ['a token by key', `I1122 login token=${PLANTED} user=x`],
  ['JSON in a line', `{"level":"info","auth":{"clientSecret":"${PLANTED}"},"msg":"kept"}`],
  ['JSON inside a text', `E1122 patch failed: {\\"password\\":\\"${PLANTED}\\"}`],
  ['a URL', `dial https://admin:${PLANTED}@10.0.0.1/`],
  ['a private key over lines', `key follows\n${PEM}\nkept`],
  ['a kubeconfig', `users:\n- name: admin\n  user:\n    client-key-data: ${PLANTED}\n    token: ${PLANTED}\nkept`],
  ['a journal', `${JSON.stringify({ t: 'done', value: { env: { apiKey: PLANTED }, text: PEM } })}\n${JSON.stringify({ t: 'end', kept: 1 })}`],
])('of logs and journals: %s', (_what, text) => {
  const entry = textEntry('x.log', `before\n${text}\nafter\n`).text
  expect(holds(entry)).toEqual([])
  expect(entry).toContain('[redacted]')
  expect([entry.startsWith('before\n'), entry.endsWith('after\n')]).toEqual([true, true])
})

test('the whole of it, over a cluster: facts are in, planted secrets are not, what could not be read is named', async () => {
  const made = recording('s27')
  made.others['ovn-fips'] = 'denied'
  made.pods = made.pods.map((p) => annotated(p, { 'vault/token': PLANTED }))
  made.nodes = made.nodes.map((n) => annotated(n, { 'cloud/credential': PLANTED }))
  made.configMap = made.configMap === null ? null : annotated(made.configMap, { note: `token: ${PLANTED}` })
  made.site = {
    ...made.site,
    cluster: { kubeconfig: `/home/me/${PLANTED}` },
    probe: { outside: [{ exec: ['sshpass', '-p', PLANTED, 'ssh', 'host'] }], target: ['172.56.0.1'] },
  }
  const base = kubeOf(made)
  const kube = {
    ...base,
    list: base.list,
    find: base.find,
    where: base.where,
    logs: async () => `connected\nAuthorization: Bearer ${JWT}\npassword=${PLANTED}\n`,
  } as Kube
  const ctx = contextOf(made, {
    kube,
    node: (name) => {
      throw new OvngwError('UNREACHABLE', { what: `no way to ${name}` })
    },
  })
  const { entries, unread } = await collect(ctx)
  const all = entries.map((e) => e.text).join('\n')
  expect(holds(all)).toEqual([])
  expect(entries.map((e) => e.name)).toEqual(
    expect.arrayContaining(['ovn/nb.json', 'ovn/sb.json', 'kube/config-map.json', 'kube/pods.json', 'site.json', 'nodes/node1/ovs.json']),
  )
  expect(all).toContain('172.56.0.233')
  expect(unread).toContainEqual(expect.stringContaining('ovn-fips'))
})
