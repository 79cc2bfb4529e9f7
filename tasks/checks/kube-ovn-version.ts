import { defineCheck, fail, pass, unknown, warn } from '../../lib/define.ts'
import { hint } from '../../lib/gateway/judge-hints.ts'
import { knownVersion } from '../../lib/gateway/judge-version.ts'

/** `forWrites`: a version never looked at stops a run; looking around only warns. */
export const kubeOvnVersion = defineCheck<{ readonly forWrites?: boolean }>({
  id: 'kube-ovn-version',
  group: 'config',
  title: 'this Kube-OVN version is one ovngw was tried on',
  level: 'fatal',
  reads: 'image of Deployment kube-ovn-controller',
  why: 'what Kube-OVN leaves undone differs between versions; ovngw mends what it knows',
  mend: 'try the change on a cluster of the same version first, then go on with `--accept kube-ovn-version`',
  run: async (ctx, { forWrites = false }) => {
    const { version, namespace } = await ctx.look().settings()
    const object = `${namespace}/kube-ovn-controller`
    const next = `kubectl -n ${namespace} get deployment kube-ovn-controller -o jsonpath='{.spec.template.spec.containers[0].image}'`
    if (version === undefined)
      return forWrites
        ? unknown('the controller’s image has no version in its tag', { object, hint: next })
        : warn('the controller’s image has no version in its tag', { object, hint: next })
    const known = knownVersion(version)
    if (known === 'measured') return pass(version, { object })
    if (known === 'near') return pass(`${version}: not measured itself, 1.11.24 and 1.16.2 around it were`, { object })
    return (forWrites ? fail : warn)(`${version} was never looked at (1.11 … 1.16 were)`, {
      object,
      hint: forWrites ? 'add --accept kube-ovn-version' : hint.check(ctx.site),
    })
  },
})
