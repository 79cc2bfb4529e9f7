/**
 * Every command as `ovngw --help` shows it. Imports nothing, so that help costs what bare Node costs; test/cli/commands.test.ts holds
 * the rows marked `runbook` against the registry. Flags of a runbook come from its schema (flags.ts), not from here.
 */
export interface CommandRow {
  readonly name: string
  /** Arguments as help shows them; a runbook's come from its schema and stand here for the overview only. */
  readonly args: string
  readonly summary: string
  readonly group: 'gateway' | 'pods' | 'look' | 'runs' | 'own' | 'lab'
  /** The command is the runbook of that name in tasks/index.ts. */
  readonly runbook?: true
}

const runbook = (name: string, args: string, group: CommandRow['group'], summary: string): CommandRow => ({ name, args, group, summary, runbook: true })
const command = (name: string, args: string, group: CommandRow['group'], summary: string): CommandRow => ({ name, args, group, summary })

export const COMMANDS: readonly CommandRow[] = [
  command('plan', '[RUNBOOK]', 'gateway', 'Show what apply, or another runbook, would do and what traffic it would hurt; changes nothing'),
  runbook('install', '', 'gateway', 'Create the gateway as the inventory says and prove that it works'),
  runbook('change', '', 'gateway', 'Bring a running gateway to what the inventory says'),
  runbook('uninstall', '', 'gateway', 'Remove the gateway and prove that nothing is left'),
  command('adopt', 'NAME', 'gateway', 'Write an inventory from a running gateway; changes nothing'),
  runbook('repair', '', 'gateway', 'Put back what Kube-OVN lost: next hops after a restart of its controller (R31), a deleted router port (R28)'),
  runbook('drill', '', 'gateway', 'Fail-over drill: move the active chassis, measure what is lost, put it back'),
  runbook('maintain', 'NODE', 'gateway', 'Drain a gateway node before it goes down, and prove it; --done puts it back'),
  runbook('assign', 'NS/POD', 'pods', 'Give one pod an external address and prove that it works both ways'),
  runbook('release', 'NS/POD', 'pods', 'Take a pod’s external address away and prove that nothing of it is left'),
  runbook('apply', '', 'pods', 'Make the gateway, then the addresses of all pods what the inventory says, in waves, each proved'),
  runbook('sweep', '', 'pods', 'Remove NAT rows, policies and routes that Kube-OVN left behind of pods (R12, R17, R18)'),
  command('pods', '[NS[/POD]]', 'pods', 'Which pod has which address: by inventory, annotation and OVN, and whether they agree'),
  command('drift', '', 'pods', 'Only the pods where inventory, annotation and OVN differ'),
  command('watch', '', 'pods', 'Tell when a pod stops being served as the inventory says; --repair puts it back'),
  command('check', '[ID...]', 'look', 'Run checks, all or some; never writes'),
  command('topology', '', 'look', 'Draw the gateway as it really is, what is broken marked by its check; --out FILE.svg'),
  command('report', '', 'look', 'Write one HTML page: picture, checks, pods, drift, past runs (-o markdown, junit too)'),
  command('diagnose', 'pod NS/POD|gateway|address IP', 'look', 'Why packets do not pass: their way link by link, the first broken one, evidence, what to type'),
  command('probe', 'NS/POD', 'look', 'Send packets out of a pod and in to its EIP: ICMP, TCP, UDP, sizes; who answers, and as whom it is seen'),
  command('bundle', '', 'look', 'A support archive without secrets: facts of Kubernetes, OVN and OVS, findings, logs, journals'),
  command('list', '', 'look', 'Every runbook, task and check: what it reads, writes, and whether it can be undone'),
  command('history', '', 'runs', 'Past runs of this cluster'),
  command('show', 'RUN', 'runs', 'One run, step by step'),
  command('resume', 'RUN', 'runs', 'Finish a run that was cut off'),
  command('rollback', 'RUN', 'runs', 'Undo a run'),
  command('task', 'NAME', 'own', 'Run one task by name'),
  command('run', 'FILE.ts', 'own', 'Run a runbook of your own'),
  command('lab', 'up|down|status|shell|break|mend|quickstart|standin', 'lab', 'The practice cluster: real OVN, OVS, etcd and kube-apiserver on this machine'),
]

const GROUPS: Readonly<Record<CommandRow['group'], string>> = {
  gateway: 'The gateway',
  pods: 'Addresses of pods',
  look: 'Looking',
  runs: 'Past runs',
  own: 'Your own',
  lab: 'Practice',
}

/** Long flag (with short one and value) and meaning; the same on every command. Names follow kubectl's. */
export const GLOBAL_FLAGS: readonly (readonly [flags: string, summary: string])[] = [
  ['--site <name>', 'inventory/NAME.yaml, or a path to a site file'],
  ['--context <name>', 'context of the kubeconfig'],
  ['--kubeconfig <file>', 'kubeconfig file (default: $KUBECONFIG, then ~/.kube/config)'],
  ['-n, --namespace <name>', 'namespace Kube-OVN runs in (default: discovered)'],
  ['--as <user>', 'act as another user'],
  ['-o, --output <format>', 'text, json (one object a line), junit or markdown; pods, drift: csv or wide'],
  ['-y, --yes', 'do not ask before changing something'],
  ['--dry-run', 'show the plan and stop'],
  ['--timeout <duration>', 'give up after this long (90s, 5m)'],
  ['--accept <id>', 'go on although this check failed: ID or ID:OBJECT (repeatable)'],
  ['--local', 'without Kubernetes: ovn-nbctl, ovs-vsctl, ip of this machine (OVN_RUNDIR, OVS_RUNDIR)'],
  ['--state-dir <dir>', 'where runs are journaled (default: $XDG_STATE_HOME/ovngw)'],
  ['--no-color', 'no colours (NO_COLOR does the same)'],
  ['-v, --verbose', 'also show what passed, every command, and how much was asked'],
]

const INDENT = '  '

/** Words in lines of at most `width`. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Two columns, the second wrapped. */
const rows = (list: readonly (readonly [string, string])[], left: number, width: number): string =>
  list.map(([name, text]) => `${INDENT}${name.padEnd(left)}  ${wrap(text, width - left - 4).join(`\n${' '.repeat(left + 4)}`)}`).join('\n')

const EXITS: readonly (readonly [string, string])[] = [
  ['0', 'done'],
  ['1', 'a bug'],
  ['2', 'usage or inventory'],
  ['3', 'refused, nothing changed'],
  ['4', 'failed, put back'],
  ['5', 'failed, not put back'],
  ['6', 'another run holds the lock'],
  ['7', 'plan: changes pending'],
  ['130', 'stopped by Ctrl-C'],
]

/** The whole of `ovngw --help`, for a terminal of so many columns (undefined, a pipe: as long as they are). */
export function helpText(columns = Number.POSITIVE_INFINITY): string {
  const groups = (Object.keys(GROUPS) as CommandRow['group'][]).map((group) => {
    const list = COMMANDS.filter((c) => c.group === group).map((c): [string, string] => [c.args.length > 20 ? c.name : `${c.name} ${c.args}`.trim(), c.summary])
    return `${GROUPS[group]}:\n${rows(list, 22, columns)}`
  })
  const flags = [...GLOBAL_FLAGS, ['-V, --version', 'print the version'], ['-h, --help', 'this text; `ovngw COMMAND --help` for one command']] as const
  const what = 'ovngw makes Kube-OVN’s external gateway (SNAT and EIP for pods) safe to install, change, prove and undo.'
  return `${wrap(what, columns).join('\n')}

Usage: ovngw [flags] COMMAND

${groups.join('\n\n')}

Flags of every command:
${rows(flags, 22, columns)}

Exit codes:
${rows(EXITS, 3, columns)}
`
}
