/**
 * One stand-in in this process: reads DIR/lab.json, writes DIR/controller.log and DIR/controller.status.json. SIGTERM ends it; SIGUSR1
 * says that etcd and the OVSDBs were rewritten under it.
 */
import { readFile } from 'node:fs/promises'
import { runnerAt } from '../exec.ts'
import { type LabNode, parseLabFile, settingsOf } from './config.ts'
import { fileLog } from './log.ts'
import { standIn } from './standin.ts'
import { statusFile } from './status.ts'

const place = (node?: LabNode): Parameters<typeof runnerAt>[0] =>
  node?.netns === undefined ? { where: 'this machine' } : { where: node.name, prefix: ['ip', 'netns', 'exec', node.netns] }

/** Resolves after SIGTERM or SIGINT. @throws OvngwError PARSE (lab.json), USAGE (profile, flags, kubeconfig) */
export async function runStandin(dir: string): Promise<void> {
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
