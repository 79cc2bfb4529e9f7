import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NODE } from '../../lib/kube/port.ts'
import { makeCerts } from '../../lib/lab/certs.ts'
import { makeExpired } from '../../lib/lab/expired.ts'
import { type Cluster, TOKEN } from './apiserver.ts'
import { failure, useClients, withToken } from './clients.ts'
import { startProxy } from './proxy.ts'

export function certificateCases(up: () => Cluster): void {
  const { open } = useClients(up, 'certificates')

  describe('certificates of the server', () => {
    const shown = async (cert: string, certs = up().certs): Promise<unknown> => {
      const tls = { cert: await readFile(join(certs, `${cert}.crt`)), key: await readFile(join(certs, `${cert}.key`)) }
      const bad = await startProxy({ upstream: up().server, certs: up().certs, tls })
      const client = await open({ kubeconfig: await withToken(up(), bad.url, 'x', `tls-${cert}-${new URL(bad.url).port}`) })
      const error = await failure(client.list(NODE))
      await bad.close()
      expect(bad.requests).toEqual([])
      return error
    }

    test('expired, of a foreign authority, not for a server: each is said, with the line to look at it', async () => {
      await makeExpired(up().certs, 'past')
      expect(await shown('past')).toMatchObject({
        code: 'CERTIFICATE',
        why: expect.stringContaining('its certificate has expired'),
        hint: expect.stringMatching(/openssl s_client -connect 127\.0\.0\.1:\d+ .*-dates/),
      })
      const foreign = join(up().dir, 'foreign')
      await makeCerts(foreign)
      expect(await shown('server', foreign)).toMatchObject({ code: 'CERTIFICATE', why: expect.stringContaining('certificate-authority') })
      expect(await shown('admin')).toMatchObject({ code: 'CERTIFICATE', why: expect.stringContaining('not one for a server') })
    })

    test('tls-server-name is obeyed: the name in the certificate counts, not the address', async () => {
      const path = await withToken(up(), up().server, TOKEN, 'named')
      const config = JSON.parse(await readFile(path, 'utf8')) as { clusters: { cluster: Record<string, string> }[] }
      const named = async (name: string): Promise<unknown> => {
        for (const { cluster } of config.clusters) cluster['tls-server-name'] = name
        await writeFile(path, JSON.stringify(config))
        return failure((await open({ kubeconfig: path })).list(NODE))
      }
      expect(await named('elsewhere')).toMatchObject({ code: 'CERTIFICATE', why: expect.stringContaining('for another name') })
      expect(await named('kubernetes.default.svc')).toBe('it succeeded')
    })

    test('without a certificate-authority the public ones count, and ours is none of them', async () => {
      const path = await withToken(up(), up().server, TOKEN, 'public')
      const config = JSON.parse(await readFile(path, 'utf8')) as { clusters: unknown[] }
      config.clusters = [{ name: 'test', cluster: { server: up().server } }]
      await writeFile(path, JSON.stringify(config))
      await expect((await open({ kubeconfig: path })).list(NODE)).rejects.toMatchObject({
        code: 'CERTIFICATE',
        why: expect.stringContaining('does not come from'),
      })
    })

    test('insecure-skip-tls-verify is obeyed', async () => {
      const path = await withToken(up(), up().server, TOKEN, 'insecure')
      const config = JSON.parse(await readFile(path, 'utf8')) as { clusters: unknown[] }
      config.clusters = [{ name: 'test', cluster: { server: up().server, 'insecure-skip-tls-verify': true } }]
      await writeFile(path, JSON.stringify(config))
      const client = await open({ kubeconfig: path })
      await expect(client.list(NODE)).resolves.toMatchObject({ items: [] })
    })
  })
}
