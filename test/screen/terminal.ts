/** A person's terminal: a shell in tmux, which is the terminal emulator. Keys go in, what a person sees comes out. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const BIN = fileURLToPath(new URL('../../bin', import.meta.url))

export interface Ended {
  readonly exit: number
  /** Settings of the line (echo, line mode, …) are as they were before the command. */
  readonly lineAsBefore: boolean
  readonly cursorShown: boolean
  readonly screen: string
}

export interface Terminal {
  /** Clears the screen and starts a command line of the shell; `ovngw` is the program under test. */
  start(line: string): Promise<void>
  /** Keys by tmux's names: `Enter`, `Down`, `Escape`, `C-c`, or letters. */
  press(...keys: readonly string[]): Promise<void>
  type(text: string): Promise<void>
  /** What stands on the screen, without trailing blanks. */
  screen(): Promise<string>
  /** The same with colour codes. */
  coloured(): Promise<string>
  /** Waits until the screen shows it. @throws with the screen when it does not within `seconds` */
  until(what: RegExp, seconds?: number): Promise<string>
  /** Waits until a question of that text stands there, with what it offers; and the screen no longer changes. */
  asked(question: string): Promise<string>
  /** Waits for the end of the command. */
  ended(): Promise<Ended>
  close(): Promise<void>
}

const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

export async function openTerminal(columns: number, cwd: string, env: Readonly<Record<string, string>>): Promise<Terminal> {
  const dir = await mkdtemp(join(tmpdir(), 'ovngw-screen-'))
  const socket = join(dir, 'tmux')
  const tmux = async (...args: readonly string[]): Promise<string> =>
    (await exec('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...args], { maxBuffer: 1 << 24 })).stdout
  const vars = Object.entries({ PS1: '$ ', LC_ALL: 'C.UTF-8', TERM: 'screen-256color', PATH: `${BIN}:${process.env['PATH'] ?? ''}`, ...env }).map(
    ([k, v]) => `${k}=${v}`,
  )
  // `env -u`: what the test run itself was told of colours is no part of the person's terminal
  const shell = ['env', '-u', 'NO_COLOR', '-u', 'FORCE_COLOR', '-u', 'CI', '-u', 'TMUX', ...vars, 'sh']
  await tmux('new-session', '-d', '-x', `${columns}`, '-y', '70', '-s', 'a', '-c', cwd, ...shell)
  const press = async (...keys: readonly string[]): Promise<void> => void (await tmux('send-keys', '-t', 'a', ...keys))
  const type = async (text: string): Promise<void> => void (await tmux('send-keys', '-t', 'a', '-l', text))
  const capture = async (...how: readonly string[]): Promise<string> => `${(await tmux('capture-pane', '-p', ...how, '-t', 'a')).trimEnd()}\n`
  const screen = async (): Promise<string> => (await capture()).replaceAll(/[ \t]+$/gm, '')
  const eventually = async (what: string, is: () => Promise<boolean>, seconds = 90): Promise<void> => {
    for (const deadline = performance.now() + seconds * 1000; !(await is()); await pause(30))
      if (performance.now() > deadline) throw new Error(`not within ${seconds} s: ${what}\n${await screen()}`)
  }
  const until = async (what: RegExp, seconds?: number): Promise<string> => {
    let seen = ''
    const isThere = async (): Promise<boolean> => {
      seen = await screen()
      return what.test(seen)
    }
    await eventually(`${what} on screen`, isThere, seconds)
    return seen
  }
  let started = 0
  const still = async (what: RegExp): Promise<string> => {
    for (let before = await until(what); ; ) {
      await pause(60)
      const now = await until(what)
      if (now === before) return now
      before = now
    }
  }
  await until(/^\$ $|^\$$/m)
  return {
    start: async (line) => {
      started += 1
      const last = `echo over-${started}`
      // -J: a long line is shown in pieces, and may be broken at a blank
      const isTyped = async (): Promise<boolean> => (await capture('-J')).includes(last)
      await type(`stty -a >${dir}/before; clear; ${line}; echo "exit=$?"; stty -a >${dir}/after; ${last}`)
      await eventually(`${line} is typed`, isTyped)
      await press('Enter')
      await eventually(`the screen is cleared for ${line}`, async () => !(await isTyped()))
    },
    press,
    type,
    screen,
    coloured: () => capture('-e'),
    until,
    asked: (question) => still(new RegExp(`^(\\? ${quoted(question)}.*\\n([^?]*\\n)*.*(Ctrl-C quits|Enter takes it)| ${quoted(question)} \\(y/N\\)$)`, 'm')),
    ended: async () => {
      const seen = await until(new RegExp(`^exit=\\d+\\n(.*\\n)*over-${started}$`, 'm'))
      const [before, after] = await Promise.all(['before', 'after'].map((f) => readFile(join(dir, f), 'utf8')))
      const shown = (await tmux('display-message', '-p', '-t', 'a', '#{cursor_flag}')).trim()
      return {
        exit: Number(/^exit=(\d+)$/m.exec(seen)?.[1]),
        lineAsBefore: before === after && before !== '',
        cursorShown: shown === '1',
        screen: seen.replace(/^exit=(.|\n)*$/m, ''),
      }
    },
    close: async () => {
      await tmux('kill-server').catch(() => undefined)
      await rm(dir, { recursive: true, force: true })
    },
  }
}
