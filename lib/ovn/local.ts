/** The OVN and OVS tools without Kubernetes, for ad-hoc use on the node itself. */
import type { Runner } from '../proc/command.ts'

/** Addresses of the databases for `--db`; those left out are found by the tools themselves (OVN_RUNDIR, OVS_RUNDIR, OVN_NB_DB, OVN_SB_DB). */
export interface Databases {
  readonly nb?: string | undefined
  readonly sb?: string | undefined
  readonly ovs?: string | undefined
}

/** The tools on the machine itself, without Kubernetes: the same Runner with `--db` put before every command of an OVSDB tool. */
export function localTransport(local: Runner, db: Databases = {}): Runner {
  const of: Readonly<Record<string, string | undefined>> = { 'ovn-nbctl': db.nb, 'ovn-sbctl': db.sb, 'ovs-vsctl': db.ovs }
  return {
    where: local.where,
    run: (command, options) => {
      const address = of[command.bin]
      return local.run(address === undefined ? command : { ...command, args: [`--db=${address}`, ...command.args] }, options)
    },
  }
}
