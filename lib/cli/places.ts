/** Where OVN's and OVS's tools are run. */
import type { Site } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { Kube } from '../kube/port.ts'
import type { Runner } from '../proc/command.ts'

export interface Places {
  readonly nb: Runner
  readonly sb: Runner
  node(name: string): Runner
}

const nowhere = (where: string): Runner => ({
  where,
  run: async (): Promise<never> => {
    throw new OvngwError('NOT_RUN', { what: `${where} cannot be reached yet`, why: 'lib/ovn/locate.ts is not wired' })
  },
})

export const placesOf = (_kube: Kube, _site: Site): Places => ({ nb: nowhere('NB leader'), sb: nowhere('SB leader'), node: (name) => nowhere(`node ${name}`) })
