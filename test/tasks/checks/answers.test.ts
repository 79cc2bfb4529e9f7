/** api-answers, ovn-answers, ovs-runs: what everything else is read through, each with the answers that are wrong. */
import { describe, expect, test } from 'vitest'
import type { Ctx } from '../../../lib/define.ts'
import { type ErrorCode, OvngwError } from '../../../lib/kernel/errors.ts'
import type { Output } from '../../../lib/proc/command.ts'
import { apiAnswers } from '../../../tasks/checks/api-answers.ts'
import { configNextHop } from '../../../tasks/checks/config-next-hop.ts'
import { gatewaySwitch } from '../../../tasks/checks/gateway-switch.ts'
import { ovnAnswers } from '../../../tasks/checks/ovn-answers.ts'
import { ovsRuns } from '../../../tasks/checks/ovs-runs.ts'
import { contextOf, found, recording, wrong } from './recorded-look.ts'

const broken = (code: ErrorCode) => async (): Promise<never> => {
  throw new OvngwError(code, { what: 'no', hint: 'next' })
}
/** The look of a sound recording, with one source that does not answer. */
const without = (part: 'nodes' | 'nb' | 'sb', code: ErrorCode): Partial<Ctx> => {
  const look = contextOf(recording('s27')).look()
  return { look: () => ({ ...look, [part]: broken(code) }) }
}

describe('api-answers', () => {
  test.each<[ErrorCode, readonly string[]]>([
    ['UNREACHABLE', ['fail api-answers']],
    ['UNAUTHORIZED', ['fail api-answers']],
    ['CERTIFICATE', ['fail api-answers']],
    ['FORBIDDEN', []], // it answers, and knows you
  ])('%s', async (code, expected) => expect(wrong(await found(recording('s27'), [apiAnswers({})], without('nodes', code)))).toEqual(expected))
})

describe('ovn-answers', () => {
  test('no leader of the northbound: what is read from there is put down to it, the rest is judged', async () => {
    const findings = await found(recording('s27'), [ovnAnswers({}), gatewaySwitch({}), configNextHop({})], without('nb', 'NOT_FOUND'))
    expect(wrong(findings)).toEqual(['fail ovn-answers northbound', 'ovn-answers: gateway-switch'])
  })
  test('who may not look says unknown, not that it is down', async () => {
    expect(wrong(await found(recording('s27'), [ovnAnswers({})], without('sb', 'FORBIDDEN')))).toEqual(['unknown ovn-answers southbound'])
  })
})

describe('ovs-runs', () => {
  const says = (output: Partial<Output>): Partial<Ctx> => ({
    node: (where) => ({ where, run: async () => ({ stdout: '', stderr: '', code: 0, ...output }) }),
  })
  test.each<[string, Partial<Output>, readonly string[]]>([
    ['it answers', { stdout: 'ovs-vswitchd (Open vSwitch) 3.5.0' }, []],
    ['it hangs', { code: 124 }, ['fail ovs-runs node1']],
    ['it is gone', { code: 1, stderr: 'ovs-appctl: cannot read pidfile "/run/openvswitch/ovs-vswitchd.pid"' }, ['fail ovs-runs node1']],
    ['it may not be asked', { code: 1, stderr: 'ovs-appctl: cannot connect to ovs-vswitchd.7.ctl (Permission denied)' }, ['unknown ovs-runs node1']],
  ])('%s', async (_what, output, expected) => expect(wrong(await found(recording('s27'), [ovsRuns({})], says(output)))).toEqual(expected))
})
