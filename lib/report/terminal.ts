/**
 * The live board of a run on a terminal, drawn by listr2 below the blocks that stay (story.ts), wiped when it is over. listr2 only
 * draws: rows are opened and ended by us, its signals, rollback and errors are not used.
 */
import { DefaultRenderer, Listr } from 'listr2'
import type { Listener } from './listener.ts'
import type { Out } from './out.ts'
import { LEAD, lead } from './sections.ts'
import type { Screen } from './story.ts'
import { storyListener } from './story.ts'
import { clip, duration, harmless, type Paint, paintFor } from './style.ts'

interface Row {
  readonly title: string
  readonly over: Promise<void>
  end(): void
  /** Since when the row is the one under way. */
  since?: number
  reason: string
  show?: (title: string, output: string) => void
}

const rowOf = (title: string): Row => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { title, over: promise, end: resolve, reason: '' }
}

/** Below this a row's time is noise. */
const WORTH_TELLING = 1000

/** listr2 draws on every event; a terminal needs ten frames a second. Its rows stand where the block that follows will stand. */
const calm = (label: string, tick: () => void): typeof DefaultRenderer =>
  class extends DefaultRenderer {
    #last = 0
    override update(): void {
      const now = performance.now()
      if (now - this.#last < 90) return
      this.#last = now
      tick()
      super.update()
    }
    override create(options?: Parameters<DefaultRenderer['create']>[0]): string {
      const text = super.create(options)
      if (text === '') return ''
      const lines = text.split('\n')
      return lines.map((l, i) => (i === 0 ? label : ' '.repeat(LEAD)) + l).join('\n')
    }
  }

/** The live part: rows in order, each ended by us. */
class Board {
  readonly #rows: readonly Row[]
  readonly #drawn: Promise<unknown>
  readonly #room: number
  readonly #paint: Paint

  constructor(label: string, titles: readonly string[], out: Out) {
    // listr2 takes two for its symbol and two it never uses
    this.#room = (out.columns ?? 80) - LEAD - 4
    this.#paint = paintFor(out.color)
    this.#rows = titles.map((t) => rowOf(clip(harmless(t), this.#room)))
    const list = new Listr(
      this.#rows.map((row) => ({
        title: row.title,
        task: (_: unknown, task: { title: string; output: string }): Promise<void> => {
          row.since = performance.now()
          row.show = (title, output) => Object.assign(task, { title, output })
          return row.over
        },
      })),
      {
        renderer: calm(lead(label, this.#paint), () => this.#tick()),
        registerSignalListeners: false,
        exitOnError: false,
        forceTTY: true,
        rendererOptions: { clearOutput: true, formatOutput: 'truncate', icon: { WAITING: '·' } },
      },
    )
    this.#drawn = list.run().catch(() => undefined)
  }

  /** The time of the row under way goes on while nothing else is said. */
  #tick(): void {
    for (const row of this.#rows) {
      const ms = row.since === undefined ? 0 : performance.now() - row.since
      if (ms > WORTH_TELLING) row.show?.(this.#timed(row.title, ms), row.reason)
    }
  }

  #timed(title: string, ms: number): string {
    const time = ` (${duration(ms)})`
    return `${clip(title, this.#room - time.length)}${this.#paint.dim(time)}`
  }

  say(row: number, text: string): void {
    const at = this.#rows[row]
    if (at === undefined) return
    at.reason = clip(harmless(text), this.#room - 2)
    at.show?.(at.title, at.reason)
  }

  end(row: number): void {
    const at = this.#rows[row]
    if (at === undefined) return
    delete at.since
    at.end()
  }

  async stop(): Promise<void> {
    for (const row of this.#rows) row.end()
    await this.#drawn
  }
}

/** One board at a time; drawing is asynchronous and in order, and never throws at the run. */
function screenOn(out: Out): Screen {
  let board: Board | undefined
  let work: Promise<void> = Promise.resolve()
  const queue = (act: () => Promise<void> | void): void => {
    work = work.then(act).catch(() => undefined)
  }
  const wipe = (): void =>
    queue(async () => {
      await board?.stop()
      board = undefined
    })
  return {
    width: () => out.columns ?? 80,
    color: out.color,
    open: (label, titles) => {
      wipe()
      queue(() => {
        board = new Board(label, titles, out)
      })
    },
    say: (row, text) => queue(() => board?.say(row, text)),
    end: (row) => queue(() => board?.end(row)),
    wipe,
    print: (text) => queue(() => out.write(text)),
    idle: () => work,
  }
}

export const terminalListener = (out: Out, options: { readonly verbose: boolean }): Listener => storyListener(screenOn(out), options)
