/**
 * The process: `node standin/main.ts --dir /run/ovngw-lab/NAME`. Reads DIR/lab.json, writes DIR/controller.log and
 * DIR/controller.status.json. SIGTERM ends it; SIGUSR1 says that etcd and the OVSDBs were rewritten under it.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { OvngwError } from '../../kernel/errors.ts'
import { runnerAt } from '../exec.ts'
import { type LabNode, parseLabFile, settingsOf } from './config.ts'
import { fileLog } from './log.ts'
import { standIn } from './standin.ts'
import { statusFile } from './status.ts'

const place = (node?: LabNode): Parameters<typeof runnerAt>[0] =>
  node?.netns === undefined ? { where: 'this machine' } : { where: node.name, prefix: ['ip', 'netns', 'exec', node.netns] }

async function main(): Promise<void> {
  const { dir } = parseArgs({ options: { dir: { type: 'string' } } }).values
  if (dir === undefined) throw new OvngwError('USAGE', { what: 'missing --dir', hint: '--dir /run/ovngw-lab/NAME' })
  const stop = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => stop.abort())
  const lab = parseLabFile(await readFile(`${dir}/lab.json`, 'utf8'))
  const settings = settingsOf(lab)
  const log = fileLog(`${dir}/controller.log`)
  const { connect } = await import('../../kube/client.ts')
  const kube = await connect({ kubeconfig: lab.kubeconfig })
  const self = standIn({ kube, lab, settings, log, status: statusFile(`${dir}/controller.status.json`), runner: (node) => runnerAt(place(node)) })
  process.on('SIGUSR1', () => self.startOver())
  log.info('controller.go:100', `stand-in for the gateway part of Kube-OVN ${settings.profile.version}: this is a practice cluster`)
  await self.run(stop.signal)
  log.info('controller.go:103', '"Requested to terminate, exiting"')
  await Promise.all([kube.close(), log.close()])
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(1)
  },
)
