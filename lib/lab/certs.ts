/** A certificate authority for one lab, made with openssl: API server, kubelet client, admin, and any user a test asks for. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { OvngwError } from '../kernel/errors.ts'
import { must } from './exec.ts'

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']

export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

/** Everything the servers need, in `dir`: ca, server, kubelet, admin (.crt/.key each) and sa.key/sa.pub. */
export async function makeCerts(dir: string, signal?: AbortSignal): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const ca = ['-subj', '/CN=ovngw-lab', '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-keyout', `${dir}/ca.key`, '-out', `${dir}/ca.crt`]
  await must(['openssl', 'req', '-x509', ...KEY, ...ca], { signal })
  const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc'
  await Promise.all([
    sign(dir, 'server', '/CN=kube-apiserver', [names, 'extendedKeyUsage=serverAuth']),
    sign(dir, 'kubelet', '/CN=kwok', ['subjectAltName=IP:127.0.0.1', 'extendedKeyUsage=serverAuth']),
    makeUser(dir, { name: 'admin', groups: ['system:masters'] }),
    makeUser(dir, { name: 'kubelet-client', groups: ['system:masters'] }),
    must(['openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', `${dir}/sa.key`], { signal }).then(() =>
      must(['openssl', 'pkey', '-in', `${dir}/sa.key`, '-pubout', '-out', `${dir}/sa.pub`], { signal }),
    ),
  ])
}

/** A client certificate; the file's name is the user's. */
export async function makeUser(dir: string, { name, groups }: User): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(name)) throw new OvngwError('USAGE', { what: `not a user name for a certificate file: ${JSON.stringify(name)}` })
  const part = (text: string): string => text.replaceAll(/[\\/+]/g, (c) => `\\${c}`)
  await sign(dir, name, `${groups.map((g) => `/O=${part(g)}`).join('')}/CN=${part(name)}`, ['extendedKeyUsage=clientAuth'])
}

async function sign(dir: string, file: string, subject: string, extensions: readonly string[]): Promise<void> {
  const out = ['-keyout', `${dir}/${file}.key`, '-out', `${dir}/${file}.crt`]
  const ext = [...extensions, 'basicConstraints=critical,CA:FALSE'].flatMap((e) => ['-addext', e])
  await must(['openssl', 'req', '-x509', ...KEY, '-CA', `${dir}/ca.crt`, '-CAkey', `${dir}/ca.key`, '-subj', subject, ...ext, ...out])
}

/** Writes a kubeconfig with the certificates inside, so that it still works after being copied elsewhere. */
export async function writeKubeconfig(
  path: string,
  { certs, server, context, user }: { certs: string; server: string; context: string; user: string },
): Promise<void> {
  const data = async (file: string): Promise<string> => (await readFile(`${certs}/${file}`)).toString('base64')
  const [ca, crt, key] = await Promise.all([data('ca.crt'), data(`${user}.crt`), data(`${user}.key`)])
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: context, cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: user, user: { 'client-certificate-data': crt, 'client-key-data': key } }],
    contexts: [{ name: context, context: { cluster: context, user } }],
  }
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 }) // JSON is YAML
}
