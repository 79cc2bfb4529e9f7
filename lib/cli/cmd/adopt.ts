/** `ovngw adopt NAME`: an inventory from a running gateway and its annotated pods. Reads the cluster, writes one new file. */
import { isAnnotated, podName } from '../../gateway/pods.ts'
import { isEnabled, wantedFromConfig } from '../../gateway/wanted.ts'
import type { Assignment, Site } from '../../inventory/site.ts'
import { siteYaml } from '../../inventory/write.ts'
import { OvngwError } from '../../kernel/errors.ts'
import { type App, QUIET } from '../app.ts'
import type { Globals } from '../globals.ts'
import { bareSite } from '../site.ts'
import { writeSite } from '../site-file.ts'

export async function adopt(app: App, globals: Globals, name: string): Promise<number> {
  const world = await app.world(bareSite(globals), globals)
  try {
    const ctx = world.context(AbortSignal.timeout(globals.timeoutMs ?? 60_000), QUIET)
    const look = ctx.look()
    const [configMap, pods] = await Promise.all([look.configMap(), look.pods()])
    const gateway = isEnabled(configMap) ? wantedFromConfig(configMap) : undefined
    if (gateway === undefined)
      throw new OvngwError('CHECK_FAILED', {
        what: 'there is no running gateway to adopt',
        why: configMap === undefined ? 'the ConfigMap ovn-external-gw-config does not exist' : 'the ConfigMap says enable-external-gw: "false"',
        hint: 'ovngw install makes one',
      })
    const annotated = pods.filter((p) => isAnnotated(p) && !p.deleting)
    const target = (p: (typeof annotated)[number]): Assignment['target'] => ({ pod: { namespace: p.namespace, name: p.name } })
    const assignments = annotated.flatMap((p): readonly Assignment[] => [
      ...(p.eip === undefined ? [] : [{ target: target(p), eip: p.eip }]),
      ...(p.snat === undefined ? [] : [{ target: target(p), snat: p.snat }]),
    ])
    const cluster: Site['cluster'] = { context: world.kube.where.context, ...(globals.kubeconfig === undefined ? {} : { kubeconfig: globals.kubeconfig }) }
    const text = siteYaml(
      { cluster, gateway, assignments },
      `Adopted from ${world.kube.where.server}: gateway and ${annotated.length} annotated pods as they were found.`,
    )
    const site = await writeSite(app.cwd, name, text)
    app.out.write(`wrote ${site.file}: gateway on ${gateway.nodes.map((n) => n.name).join(', ') || 'labelled nodes'}, ${assignments.length} assignments\n`)
    for (const p of annotated.filter((x) => x.owner !== undefined && !x.owner.startsWith('StatefulSet/')))
      app.out.write(`  note: ${podName(p)} belongs to ${p.owner}: its name changes when it is recreated\n`)
    app.out.write(`next: ovngw plan --site ${name}\n`)
    return 0
  } finally {
    await world.close()
  }
}
