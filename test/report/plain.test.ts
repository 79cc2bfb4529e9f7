import { expect, test } from 'vitest'
import { jsonListener } from '../../lib/report/json.ts'
import type { Listener } from '../../lib/report/listener.ts'
import type { Out } from '../../lib/report/out.ts'
import { plainListener } from '../../lib/report/plain.ts'
import { at, BROKEN, finding, HAPPY, RUN } from './events.ts'

const collect = (): { out: Out; text: () => string } => {
  const parts: string[] = []
  return { out: { write: (t) => void parts.push(t), columns: undefined, color: false }, text: () => parts.join('') }
}

const play = (events: typeof HAPPY, make: (out: Out) => Listener): string => {
  const { out, text } = collect()
  const listener = make(out)
  for (const [ms, event] of events) listener.on(event, at(ms))
  return text()
}

test('a good run, one line an event, findings that passed left out', () => {
  expect(play(HAPPY, (out) => plainListener(out, { verbose: false }))).toBe(
    `run ${RUN}: install, Create the gateway and prove that it works
plan: create ConfigMap kube-system/ovn-external-gw-config
plan:   +external-gw-nic: eth1
plan:   +nic-ip: 172.56.0.100/16
plan: will do: ConfigMap
plan: effect: gw-1’s eth1 leaves the host and joins br-external; nothing else changes
preflight: started
preflight: WARN nic-mtu gw-1/eth1: eth1 has MTU 1500, pods use 1400: fine; jumbo frames from outside will be dropped
preflight: note recovery-gw-1.txt
  ip link set eth1 up
preflight: done (0.6 s), 2 checks, 0 failed, 1 warning
write-config: ConfigMap
write-config: done (0.1 s)
wait-gateway: label on gw-1
wait-gateway: ... the controller has not set the label yet
wait-gateway: done (0.8 s)
wait-gateway#2: br-external
wait-gateway#2: done (3.0 s)
verify: started
verify: done (0.4 s), 1 check, 0 failed
done in 6.4 s · run ${RUN} · undo with: ovngw rollback ${RUN}
`,
  )
})

test('a failed run says what failed, what was undone and what is left', () => {
  const text = play(BROKEN, (out) => plainListener(out, { verbose: false }))
  expect(text.split('\n').slice(-8)).toEqual(
    [
      'wait-gateway: FAILED label on gw-1 not finished within 60 s: last seen: the controller has not set the label yet',
      'rollback: 1 step to undo, because label on gw-1 not finished within 60 s',
      'undo write-config: ConfigMap',
      'undo write-config: done (0.9 s)',
      'restored: FAIL as-before gw-1: label ovn.kubernetes.io/external-gw is still there -> ovngw check as-before',
      'left: as-before holds (gw-1): label ovn.kubernetes.io/external-gw is still there',
      `FAILED AND NOT PUT BACK in 63.5 s · run ${RUN} · try again with: ovngw rollback ${RUN}`,
      '',
    ].slice(-8),
  )
})

test('a repeated reason is said once, and foreign control characters never reach the terminal', () => {
  const lines = play(
    [
      [0, { ev: 'step-progress', step: 'wait', text: 'no port yet' }],
      [1, { ev: 'step-progress', step: 'wait', text: 'no port yet' }],
      [2, { ev: 'step-progress', step: 'wait', text: 'evil \u001b[2J\rname' }],
      [3, { ev: 'finding', step: 'verify', finding: finding('x', { outcome: 'warn', detail: 'a\nb' }) }],
    ],
    (out) => plainListener(out, { verbose: false }),
  )
  expect(lines).toBe('wait: ... no port yet\nwait: ... evil \ufffd[2J\ufffdname\nverify: WARN x: a b\n')
})

test('JSON: one object a line, with version and time', () => {
  const lines = play(HAPPY, jsonListener).trimEnd().split('\n')
  expect(lines).toHaveLength(HAPPY.length)
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    v: 1,
    at: '2026-11-22T10:00:03.000Z',
    ev: 'run-started',
    run: RUN,
    runbook: 'install',
    summary: 'Create the gateway and prove that it works',
    mode: 'fresh',
  })
})
