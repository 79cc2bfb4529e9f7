/** What only a diagnosis asks of one pod: does it ask for an address, has the controller dealt with it. */
import { defineCheck, fail, pass, skip, warn } from '../define.ts'
import { isAlive } from '../gateway/judge.ts'
import { hint } from '../gateway/judge-hints.ts'
import { ROUTED } from '../gateway/names.ts'
import { isAnnotated, podName } from '../gateway/pods.ts'
import { subjectOf } from './subject.ts'

type Args = { readonly namespace: string; readonly name: string }

export const podAnnotated = defineCheck<Args>({
  id: 'pod-annotated',
  group: 'pod',
  title: 'the pod is annotated, runs and has an address',
  level: 'fatal',
  reads: 'the Pod',
  why: 'the gateway translates only pods with an EIP or SNAT annotation; the others leave by their node',
  mend: '`ovngw assign`',
  run: async (ctx, ref) => {
    const { pod } = await subjectOf(ctx.look(), ref)
    const object = podName(pod)
    const describe = `kubectl -n ${pod.namespace} describe pod ${pod.name}`
    if (!isAnnotated(pod))
      return fail('it has neither an EIP nor a SNAT annotation: it leaves by its node, nobody reaches it', {
        object,
        hint: hint.assign(ctx.site, pod, 'eip', 'ADDRESS'),
      })
    if (pod.deleting || !isAlive(pod)) return fail(`it is ${pod.deleting ? 'being deleted' : pod.phase}`, { object, hint: describe })
    if (pod.ip === undefined) return fail('Kube-OVN has given it no address inside', { object, hint: describe })
    const asks = [pod.eip === undefined ? [] : [`EIP ${pod.eip}`], pod.snat === undefined ? [] : [`SNAT ${pod.snat}`]].flat()
    return pass(`${asks.join(', ')} for ${pod.ip} on ${pod.node ?? 'no node'}`, { object })
  },
})

export const podRouted = defineCheck<Args>({
  id: 'pod-routed',
  group: 'pod',
  title: 'the controller has dealt with the pod',
  level: 'fatal',
  reads: `Pod annotation ${ROUTED}, NB table NAT`,
  why: 'Kube-OVN writes NAT rows and policies once, and then says so in the annotation; while it is absent nothing is there yet',
  mend: 'the controller’s log says what it waits for',
  run: async (ctx, ref) => {
    const { pod, scene, translated } = await subjectOf(ctx.look(), ref)
    const object = podName(pod)
    if (pod.routed) return pass('routed=true', { object })
    if (scene === undefined) return skip('no gateway is wanted', { object })
    const next = { object, hint: hint.controllerLog(scene.settings.namespace) }
    return translated
      ? warn(`it has no annotation ${ROUTED}: it is being dealt with again`, next)
      : fail(`it has no annotation ${ROUTED}: the controller has not dealt with it`, next)
  },
})
