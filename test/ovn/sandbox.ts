/**
 * The real OVN and OVS tools against real ovsdb-servers, no root, no daemons: one temporary directory, one server with the schemas of
 * this machine's packages, ended by its own process handle.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Command, Runner } from '../../lib/proc/command.ts'

const exec = promisify(execFile)
const SCHEMAS = {
  nb: '/usr/share/ovn/ovn-nb.ovsschema',
  sb: '/usr/share/ovn/ovn-sb.ovsschema',
  ovs: '/usr/share/openvswitch/vswitch.ovsschema',
} as const
const DB: Readonly<Record<string, keyof typeof SCHEMAS>> = { 'ovn-nbctl': 'nb', 'ovn-sbctl': 'sb', 'ovs-vsctl': 'ovs' }

export interface Sandbox extends AsyncDisposable {
  /** Runs ovn-nbctl, ovn-sbctl and ovs-vsctl with `--db` of this sandbox; keeps every command. */
  readonly runner: Runner
  readonly commands: readonly Command[]
  /** The tool by hand, for arranging and for looking without the code under test. stdout; rejects unless it ends with 0. */
  tool(bin: string, ...args: string[]): Promise<string>
}

/** Why the sandbox cannot run here, or undefined. */
export const missing = (): string | undefined =>
  Object.values(SCHEMAS).every((f) => existsSync(f)) ? undefined : 'needs the packages openvswitch-switch and ovn-central'

export async function sandbox(): Promise<Sandbox> {
  const dir = mkdtempSync(join(tmpdir(), 'ovngw-ovsdb-'))
  for (const [name, schema] of Object.entries(SCHEMAS)) await exec('ovsdb-tool', ['create', join(dir, name), schema])
  const socket = join(dir, 'db.sock')
  const files = Object.keys(SCHEMAS).map((name) => join(dir, name))
  const server = spawn('ovsdb-server', [`--remote=punix:${socket}`, `--unixctl=${join(dir, 'ctl')}`, '--no-chdir', ...files], { stdio: 'ignore' })
  const commands: Command[] = []
  const withDb = (bin: string, args: readonly string[]): string[] =>
    bin in DB ? [`--db=unix:${socket}`, ...(bin === 'ovs-vsctl' ? ['--no-wait'] : []), ...args] : [...args]
  const runner: Runner = {
    where: 'the sandbox',
    run: async (command) => {
      commands.push(command)
      const done = await exec(command.bin, withDb(command.bin, command.args), { maxBuffer: 64 << 20 }).catch(failed)
      return { stdout: done.stdout, stderr: done.stderr, code: 'code' in done ? done.code : 0 }
    },
  }
  await listening(socket, server)
  return {
    runner,
    commands,
    tool: async (bin, ...args) => (await exec(bin, withDb(bin, ['--timeout=10', ...args]))).stdout,
    [Symbol.asyncDispose]: async () => {
      await ended(server)
      rmSync(dir, { recursive: true })
    },
  }
}

function failed(error: unknown): { stdout: string; stderr: string; code: number } {
  const e = error as { stdout?: string; stderr?: string; code?: unknown }
  if (typeof e.code === 'number') return { stdout: e.stdout ?? '', stderr: e.stderr ?? '', code: e.code }
  throw error
}

async function listening(socket: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!existsSync(socket)) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error(`ovsdb-server did not start (exit code ${server.exitCode})`)
    await pause(5)
  }
}

const ended = (server: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (server.exitCode !== null) return resolve()
    server.once('exit', () => resolve())
    server.kill('SIGTERM')
  })
