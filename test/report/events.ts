/** A run as the kernel tells it, with the times a clock would give: the input of every listener test. */
import type { Finding } from '../../lib/kernel/check.ts'
import type { RunEvent } from '../../lib/kernel/events.ts'

const START = Date.UTC(2026, 10, 22, 10, 0, 3)
export const RUN = '2026-11-22T10-00-03-install'

export const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  title: `${id} holds`,
  level: 'fatal',
  outcome: 'pass',
  detail: 'as wanted',
  ...more,
})

const WARNING = finding('nic-mtu', {
  level: 'warning',
  outcome: 'warn',
  object: 'gw-1/eth1',
  detail: 'eth1 has MTU 1500, pods use 1400: fine; jumbo frames from outside will be dropped',
})

type Timed = readonly [ms: number, event: RunEvent]

const begin: readonly Timed[] = [
  [0, { ev: 'run-started', run: RUN, runbook: 'install', summary: 'Create the gateway and prove that it works', mode: 'fresh' }],
  [
    300,
    {
      ev: 'planned',
      steps: [
        { id: 'preflight', task: 'preflight', title: 'preflight', effect: 'read' },
        { id: 'write-config', task: 'write-config', title: 'ConfigMap', effect: 'write' },
        { id: 'wait-gateway', task: 'wait-gateway', title: 'label on gw-1', effect: 'read' },
        { id: 'wait-gateway#2', task: 'wait-gateway', title: 'br-external', effect: 'read' },
        { id: 'verify', task: 'verify', title: 'verify', effect: 'read' },
      ],
      changes: [{ object: 'ConfigMap kube-system/ovn-external-gw-config', action: 'create', diff: ['+external-gw-nic: eth1', '+nic-ip: 172.56.0.100/16'] }],
      effects: ['gw-1’s eth1 leaves the host and joins br-external; nothing else changes'],
    },
  ],
  [310, { ev: 'step-started', step: 'preflight', title: 'preflight', phase: 'run' }],
  [900, { ev: 'finding', step: 'preflight', finding: finding('node-ready', { object: 'gw-1' }) }],
  [901, { ev: 'finding', step: 'preflight', finding: WARNING }],
  [901, { ev: 'note', step: 'preflight', title: 'recovery-gw-1.txt', text: 'ip link set eth1 up\n' }],
  [902, { ev: 'step-done', step: 'preflight', title: 'preflight', phase: 'run', value: [], replayed: false }],
]

const write: readonly Timed[] = [
  [2000, { ev: 'step-started', step: 'write-config', title: 'ConfigMap', phase: 'before' }],
  [2010, { ev: 'step-done', step: 'write-config', title: 'ConfigMap', phase: 'before', value: null, replayed: false }],
  [2011, { ev: 'step-started', step: 'write-config', title: 'ConfigMap', phase: 'apply' }],
  [2100, { ev: 'step-done', step: 'write-config', title: 'ConfigMap', phase: 'apply', value: null, replayed: false }],
]

export const HAPPY: readonly Timed[] = [
  ...begin,
  ...write,
  [2101, { ev: 'step-started', step: 'wait-gateway', title: 'label on gw-1', phase: 'run' }],
  [2200, { ev: 'step-progress', step: 'wait-gateway', text: 'the controller has not set the label yet' }],
  [2901, { ev: 'step-done', step: 'wait-gateway', title: 'label on gw-1', phase: 'run', value: null, replayed: false }],
  [2902, { ev: 'step-started', step: 'wait-gateway#2', title: 'br-external', phase: 'run' }],
  [5902, { ev: 'step-done', step: 'wait-gateway#2', title: 'br-external', phase: 'run', value: null, replayed: false }],
  [5903, { ev: 'step-started', step: 'verify', title: 'verify', phase: 'run' }],
  [6300, { ev: 'finding', step: 'verify', finding: finding('outside-answers', { object: '172.56.0.100' }) }],
  [6301, { ev: 'step-done', step: 'verify', title: 'verify', phase: 'run', value: [], replayed: false }],
  [6400, { ev: 'run-ended', run: RUN, ending: 'done', exit: 0, summary: 'done', left: [] }],
]

const FAILED = {
  code: 'TIMED_OUT',
  what: 'label on gw-1 not finished within 60 s',
  why: 'last seen: the controller has not set the label yet',
  hint: 'ovngw check',
}

/** The wait fails, the ConfigMap is put back, one thing stays behind. */
export const BROKEN: readonly Timed[] = [
  ...begin,
  ...write,
  [2101, { ev: 'step-started', step: 'wait-gateway', title: 'label on gw-1', phase: 'run' }],
  [62101, { ev: 'step-failed', step: 'wait-gateway', title: 'label on gw-1', phase: 'run', error: FAILED }],
  [62102, { ev: 'rollback-started', why: FAILED, steps: 1 }],
  [62103, { ev: 'step-started', step: 'write-config', title: 'ConfigMap', phase: 'undo' }],
  [63000, { ev: 'step-done', step: 'write-config', title: 'ConfigMap', phase: 'undo', value: null, replayed: false }],
  [
    63500,
    {
      ev: 'finding',
      step: 'restored',
      finding: finding('as-before', {
        outcome: 'fail',
        object: 'gw-1',
        detail: 'label ovn.kubernetes.io/external-gw is still there',
        hint: 'ovngw check as-before',
      }),
    },
  ],
  [
    63501,
    {
      ev: 'run-ended',
      run: RUN,
      ending: 'broken',
      exit: 5,
      summary: 'broken',
      left: ['as-before holds (gw-1): label ovn.kubernetes.io/external-gw is still there'],
      error: FAILED,
    },
  ],
]

export const at = (ms: number): Date => new Date(START + ms)
