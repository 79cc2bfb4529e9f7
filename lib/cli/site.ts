/** Which site a command speaks of: --site, or the only one there is, or none (flags alone). */
import { listSites, loadSite } from '../inventory/load.ts'
import type { Acceptance, Site } from '../inventory/site.ts'
import { OvngwError } from '../kernel/errors.ts'
import type { Globals } from './globals.ts'

const NONE: Site = { name: 'none', cluster: {}, pools: [], assignments: [], accept: [] }

const accepted = (flag: string): Acceptance => {
  const [check = '', ...object] = flag.split(':')
  return { check, ...(object.length > 0 && { object: object.join(':') }), reason: `--accept ${flag}` }
}

/** Flags win over the file, as kubectl's win over the kubeconfig. What --accept names is kept with the site: a resume accepts it too. */
export function withFlags(site: Site, { context, kubeconfig, namespace, accept }: Globals): Site {
  return {
    ...site,
    accept: [...accept.map(accepted), ...site.accept],
    cluster: {
      ...site.cluster,
      ...(context !== undefined && { context }),
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(namespace !== undefined && { namespace }),
    },
  }
}

/** @throws OvngwError INVENTORY (wrong file), USAGE (several sites and none named) */
export async function siteOf(globals: Globals, cwd: string): Promise<Site> {
  if (globals.site !== undefined) return withFlags(await loadSite(globals.site, { cwd }), globals)
  const names = await listSites(cwd)
  const [only] = names
  if (only !== undefined && names.length === 1) return withFlags(await loadSite(only, { cwd }), globals)
  if (names.length > 1 && globals.context === undefined && globals.kubeconfig === undefined) {
    throw new OvngwError('USAGE', { what: 'which site?', why: `inventory/ has ${names.join(', ')}`, hint: `add --site ${names[0]}` })
  }
  return withFlags(NONE, globals)
}

/** No inventory: what the flags say of the cluster, nothing of what is wanted. */
export const bareSite = (globals: Globals): Site => withFlags(NONE, globals)
