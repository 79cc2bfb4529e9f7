/** NAT rows as each version writes and deletes them. Rows made or removed here change `nb.nats` too, for the next pod of the same transaction. */
import { OvngwError } from '../../kernel/errors.ts'
import type { Context } from './context.ts'
import type { Nat, Nb, Tx } from './nb.ts'
import type { Profile } from './profile.ts'

interface Write {
  readonly tx: Tx
  readonly nb: Nb
  readonly profile: Profile
}

type NatType = 'snat' | 'dnat_and_snat'

/** Where a distributed gateway answers: the pod's own port and MAC (R21). */
interface Port {
  readonly name: string
  readonly mac: string
}

/** Row of one EIP, and what the version does with the pod's other EIPs (R12) and with an EIP that is taken (R14). */
export function ensureEip({ tx, nb, profile }: Write, { eip, ip, port }: { eip: string; ip: string; port: Port | undefined }): void {
  const mine = (row: Nat): boolean => row.type === 'dnat_and_snat' && row.logical_ip === ip
  if (profile.otherEips === 'remove') remove(tx, nb, (row) => mine(row) && row.external_ip !== eip)
  const had = nb.nats.find((row) => row.type === 'dnat_and_snat' && row.external_ip === eip)
  if (had && profile.takenEip === 'refuse' && had.logical_ip !== ip) {
    throw new OvngwError('COMMAND', { what: `ovn-nbctl: a NAT with this type (dnat_and_snat), external_ip (${eip}) already exists` })
  }
  const own = port ? { logical_port: port.name, external_mac: port.mac } : {}
  if (had) {
    if (port) tx.set('NAT', had.uuid, own)
    return
  }
  const options = port ? { stateless: 'true' } : profile.natOptions
  create(tx, nb, { type: 'dnat_and_snat', external_ip: eip, logical_ip: ip, ...own, options })
}

/** The one SNAT row of an address: its external address is replaced. */
export function ensureSnat({ tx, nb, profile }: Write, snat: string, ip: string): void {
  const had = nb.nats.find((row) => row.type === 'snat' && row.logical_ip === ip)
  if (!had) create(tx, nb, { type: 'snat', external_ip: snat, logical_ip: ip, options: profile.natOptions })
  else if (had.external_ip !== snat) tx.set('NAT', had.uuid, { external_ip: snat })
}

/** All rows of one type of an address whose pod no longer asks for any (R17). */
export function drop(tx: Tx, nb: Nb, type: NatType, ip: string): void {
  remove(tx, nb, (row) => row.type === type && row.logical_ip === ip)
}

interface Gone {
  readonly ip: string
  readonly eip: string
  readonly snat: string
}

type Forget = Write & { readonly log: Context['log']; readonly gatewayOn: boolean }

const GONE: Readonly<Record<Profile['podGone'], (write: Forget, pod: Gone) => void>> = {
  // By external address alone, whoever owns the row (R32); earlier EIPs of the pod stay (R18).
  annotated: ({ tx, nb, log }, { ip, eip, snat }) => {
    const missing = (what: string): void => {
      log.error('ovn-nb-nat.go:327', `not found logical router ${nb.router.name} nat '${what} logical ip ${ip}'`)
      log.error('pod.go:1301', `failed to delete nat rules: not found logical router ${nb.router.name} nat '${what} logical ip ${ip}'`)
    }
    if (eip !== '' && !remove(tx, nb, (row) => row.type === 'dnat_and_snat' && row.external_ip === eip)) missing(`type dnat_and_snat external ip ${eip}`)
    if (snat !== '' && !remove(tx, nb, (row) => row.type === 'snat' && row.logical_ip === ip)) missing('type snat external ip ')
  },
  itsAddress: ({ tx, nb, gatewayOn }, { ip }) => {
    if (gatewayOn) remove(tx, nb, (row) => row.logical_ip === ip)
  },
}

export const podGone = (write: Forget, pod: Gone): void => GONE[write.profile.podGone](write, pod)

function create(tx: Tx, nb: Nb, columns: { type: NatType; external_ip: string; logical_ip: string; options: Readonly<Record<string, string>> }): void {
  const uuid = tx.create('NAT', columns, { table: 'Logical_Router', record: nb.router.uuid, column: 'nat' })
  const { type, external_ip, logical_ip } = columns
  nb.nats.push({ uuid, type, external_ip, logical_ip, external_mac: null, logical_port: null })
}

/** True when there was any. */
function remove(tx: Tx, nb: Nb, doomed: (row: Nat) => boolean): boolean {
  const rows = nb.nats.filter(doomed)
  tx.remove('Logical_Router', nb.router.uuid, 'nat', ...rows.map((row) => row.uuid))
  for (const row of rows) nb.nats.splice(nb.nats.indexOf(row), 1)
  return rows.length > 0
}
