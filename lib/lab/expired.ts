/** Certificates of the lab’s authority that ended in 2020, by `openssl ca` (`req -x509` cannot look back in OpenSSL 3.0). */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { read } from '../proc/command.ts'
import { runOk } from '../proc/errors.ts'
import { localRunner } from '../proc/local.ts'

const CONFIG = (dir: string): string => `
[ca]
default_ca = it
[it]
new_certs_dir = ${dir}
database = ${dir}/index.txt
rand_serial = yes
policy = any
x509_extensions = ext
[any]
commonName = supplied
organizationName = optional
[ext]
basicConstraints = critical,CA:FALSE
subjectAltName = IP:127.0.0.1
`

/** Writes `NAME.crt` and `NAME.key` into `certs`; valid on 2020-01-01 only. */
export async function makeExpired(certs: string, name: string): Promise<void> {
  const at = (file: string): string => join(certs, file)
  const openssl = (...args: string[]) => runOk(localRunner(), read('openssl', ...args))
  await writeFile(at('index.txt'), '')
  await writeFile(at('old.cnf'), CONFIG(certs))
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl('req', '-new', ...key, '-subj', `/CN=${name}`, '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`))
  const dates = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z']
  const signer = ['-cert', at('ca.crt'), '-keyfile', at('ca.key'), '-md', 'sha256']
  await openssl('ca', '-batch', '-notext', '-config', at('old.cnf'), ...signer, ...dates, '-in', at(`${name}.csr`), '-out', at(`${name}.crt`))
}
