/** What every command shows, kept as files to be looked at: at 80 and 120 columns, with colour and under NO_COLOR. */
import { describe, test } from 'vitest'
import { COMMANDS } from '../../lib/cli/commands.ts'
import { recording } from '../tasks/checks/recorded-look.ts'
import { sound } from '../topology/scenes.ts'
import { expectLooks } from './looks.ts'
import { GATEWAY, type Scene, SITE, session } from './session.ts'

const moved = { ...SITE, gateway: { ...GATEWAY, address: '172.56.0.150/16', nodes: ['node2'] } }
const more = { ...SITE, assignments: [...SITE.assignments, { select: { namespace: 'default' }, eip: { pool: 'web' } }] }

const SCENES: Readonly<Record<string, Scene>> = {
  help: { made: sound(), lines: ['--help', ...COMMANDS.map((c) => `${c.name} --help`)] },
  list: { made: sound(), lines: ['list', 'list tasks'] },
  check: { made: sound(), site: SITE, lines: ['check', 'check -v', 'check gateway-bridge nic-up'] },
  'check-broken': { made: recording('s11'), site: SITE, lines: ['check'] },
  'check-formats': { made: sound('s26'), site: SITE, lines: ['check -o markdown', 'check -o junit', 'check pod-policy nic-mtu -o json'] },
  pods: { made: sound(), site: more, lines: ['pods', 'pods -o csv', 'pods -o json', 'drift', 'drift --exit-code'] },
  // `wide` is as wide as it must be
  'pods-wide': { made: sound(), site: more, lines: ['pods -o wide'], columns: [120] },
  'pods-broken': { made: recording('s11'), site: SITE, lines: ['pods', 'drift --exit-code'] },
  'plan-install': { made: recording('s01'), site: SITE, lines: ['plan install', 'install'] },
  plan: { made: sound(), site: SITE, lines: ['plan install', 'plan apply', 'plan uninstall', 'plan sweep', 'plan repair'] },
  'plan-change': { made: sound(), site: moved, lines: ['plan change', 'plan install'] },
  'plan-repair': { made: sound('s26'), site: SITE, lines: ['plan repair'] },
  'plan-sweep': { made: sound('s13'), site: { ...SITE, assignments: [] }, lines: ['plan sweep'] },
  'plan-assign': { made: sound(), site: SITE, lines: ['plan assign default/pod-eip --eip 172.56.0.234', 'plan release default/pod-eip'] },
  diagnose: {
    made: sound(),
    site: SITE,
    lines: [
      'diagnose pod default/pod-eip',
      'diagnose gateway',
      'diagnose address 172.56.0.233',
      'diagnose address 172.56.0.1',
      'diagnose address 172.56.0.238',
    ],
  },
  'diagnose-broken': { made: sound('s26'), site: SITE, lines: ['diagnose pod default/pod-eip', 'diagnose pod default/pod-eip -v'] },
  topology: { made: sound(), site: SITE, lines: ['topology'] },
  'topology-broken': { made: recording('s21'), lines: ['topology'] },
  report: { made: sound('s26'), site: SITE, lines: ['report -o markdown', 'report -o junit'] },
  runs: { made: sound(), lines: ['history', 'show last', 'show 2026-11-20T10-00-00-apply', 'history -o json', 'show nothing', 'rollback nothing'] },
  lab: { made: sound(), lines: ['lab break --list --name golden', 'lab status --name golden', 'lab', 'lab frob'] },
  adopt: { made: sound(), lines: ['adopt found', 'adopt found', 'check --site found'] },
  probe: {
    made: sound(),
    site: SITE,
    lines: ['probe default/pod-eip', 'probe default/pod-eip --port tcp/8080 --size 1400,1500', 'probe default/pod-snat', 'probe default/nobody', 'probe'],
  },
  bundle: { made: sound(), site: SITE, lines: ['bundle --out case.tar.gz', 'bundle --out case.tar.gz', 'bundle --out no/where.tar.gz'] },
  // One gateway node
  'drill-refused': { made: sound(), site: SITE, lines: ['drill', 'plan drill', 'maintain', 'maintain node1', 'maintain --done'] },
  errors: {
    made: sound(),
    lines: [
      'frob',
      'check frob',
      'pods --frob',
      'pods --sort frob',
      'list frob',
      'assign',
      'assign default/pod-eip --eip 172.56.0.300',
      'diagnose pod nonsense',
      'check --site nowhere',
      'check -o csv',
      'check --timeout soon',
      'install',
      'task annotate',
      'run nothing.ts',
    ],
  },
}

/** Checks are added and taken away: how many there are is no matter of looks. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\b\d+ checks\b/g, 'N checks'],
  [/, \d+ skipped\b/g, ', N skipped'],
  [/\b(tests|skipped)="\d+"/g, '$1="N"'],
  [/\b\d+ files, \d+ KiB/g, 'N files, N KiB'],
  [/\b\d+ rights\b/g, 'N rights'],
]

/** The flags of every command, once is enough. */
function brief(screen: string): string {
  const blocks = screen.split('\n\n')
  const first = blocks.findIndex((b) => b.startsWith('Flags of every command:'))
  const once = blocks.map((b, i) => (i > first && b.startsWith('Flags of every command:') ? 'Flags of every command: …' : b)).join('\n\n')
  return MASKS.reduce((text, [what, by]) => text.replaceAll(what, by), once)
}

describe.each(Object.entries(SCENES))('%s', (name, scene) => {
  test.each(scene.columns ?? [80, 120])('at %i columns', async (columns) => {
    const [coloured, plain] = [await session(scene, { columns, color: true }), await session(scene, { columns, color: false })]
    await expectLooks(name, { columns, plain, coloured }, brief)
  })
})
