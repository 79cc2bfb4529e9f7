import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redact } from '../../lib/journal/redact.ts'
import type { Json } from '../../lib/kernel/json.ts'

const PLANTED = 'hunter2-S3cr3t'
const PEM = `-----BEGIN RSA PRIVATE KEY-----\nMIIE${PLANTED}\n-----END RSA PRIVATE KEY-----`
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJl'

describe('redact', () => {
  it.each<[string, Json]>([
    ['a token', { token: PLANTED }],
    ['a key of many words', { 'X-Api-Key': PLANTED, accessToken: PLANTED, 'client-key-data': PLANTED, DB_PASSWORD: PLANTED }],
    ['a number', { passphrase: 987654321 }],
    ['deep down', { a: [{ b: { secret: PLANTED } }] }],
    ['a private key', { note: `key:\n${PEM}\nend` }],
    ['a private key cut short', [PEM.slice(0, 60)]],
    ['a header', `Authorization: Bearer ${PLANTED}`],
    ['a URL', `https://me:${PLANTED}@host/x`],
    ['a command line', `curl --password=${PLANTED} x`],
    ['JSON inside text', JSON.stringify({ apiVersion: 'v1', token: PLANTED })],
    ['a service account token', `using ${JWT}`],
  ])('takes out %s', (_name, value) => {
    const { value: clean, found } = redact(value)
    const text = JSON.stringify(clean)
    for (const secret of [PLANTED, JWT, '987654321', 'MIIE']) expect(text).not.toContain(secret)
    expect(found.length).toBeGreaterThan(0)
    expect(redact(clean)).toEqual({ value: clean, found: [] })
  })

  it.each<Json>([
    { secretName: 'tls', tokens: 3, name: 'token', id: 'before:token', 'ovn.kubernetes.io/eip': '172.56.0.233', key: 'r/apply:x' },
    { secret: { name: 'x' }, token: null, password: true, credential: '' },
    'the token of the API server expired; password wanted',
    'lr-nat-add ovn-cluster dnat_and_snat 172.56.0.233 10.16.0.3',
    { 'nic-mac': '16:52:f3:13:6a:25', at: '2026-11-22T10:00:03.123Z', server: 'https://10.0.0.1:6443' },
  ])('leaves %j alone', (value) => {
    expect(redact(value)).toEqual({ value, found: [] })
  })

  it('says where', () => {
    expect(redact({ args: { token: 'x', list: ['a', `Bearer ${PLANTED}`] } }).found).toEqual(['args.token', 'args.list[1]'])
  })

  it('changes nothing that holds no secret, whatever its shape', () => {
    const plain = fc.stringMatching(/^[a-z0-9 .-]{0,8}$/)
    const keys = fc.constantFrom('a', 'name', 'ip', 'labels')
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        plain,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 3 }),
      ) as fc.Arbitrary<Json>,
    }))
    fc.assert(
      fc.property(tree, (value) => {
        expect(redact(value)).toEqual({ value, found: [] })
      }),
    )
  })
})
