/**
 * The live board of a run on a terminal, drawn by listr2 below the blocks that stay (story.ts), wiped when it is over. listr2 only
 * draws: rows are opened and ended by us, its signals, rollback and errors are not used.
 */
import { DefaultRenderer, Listr } from 'listr2'
import type { Listener } from './listener.ts'
import type { Out } from './out.ts'
import type { Screen } from './story.ts'
import { storyListener } from './story.ts'
import { clip, harmless } from './style.ts'

/** listr2 draws on every event; a terminal needs ten frames a second. */
class Calm extends DefaultRenderer {
  #last = 0
  override update(): void {
    const now = performance.now()
    if (now - this.#last < 90) return
    this.#last = now
    super.update()
  }
}

interface Row {
  title: string
  readonly over: Promise<void>
  end(): void
  show?: (title: string, output: string) => void
}

const rowOf = (title: string): Row => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { title, over: promise, end: resolve }
}

/** The live part: rows in order, each ended by us. */
class Board {
  readonly #rows: readonly Row[]
  readonly #drawn: Promise<unknown>
  readonly #width: number

  constructor(titles: readonly string[], width: number) {
    this.#width = width
    this.#rows = titles.map((t) => rowOf(clip(harmless(t), width - 6)))
    const list = new Listr(
      this.#rows.map((row) => ({
        title: row.title,
        task: (_: unknown, task: { title: string; output: string }): Promise<void> => {
          row.show = (title, output) => Object.assign(task, { title, output })
          return row.over
        },
      })),
      {
        renderer: Calm,
        registerSignalListeners: false,
        exitOnError: false,
        forceTTY: true,
        rendererOptions: { clearOutput: true, formatOutput: 'truncate' },
      },
    )
    this.#drawn = list.run().catch(() => undefined)
  }

  say(row: number, title: string, text: string): void {
    this.#rows[row]?.show?.(clip(harmless(title), this.#width - 6), clip(harmless(text), this.#width - 8))
  }

  end(row: number): void {
    this.#rows[row]?.end()
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
    open: (titles) => {
      wipe()
      queue(() => {
        board = new Board(titles, out.columns ?? 80)
      })
    },
    say: (row, title, text) => queue(() => board?.say(row, title, text)),
    end: (row) => queue(() => board?.end(row)),
    wipe,
    print: (text) => queue(() => out.write(text)),
    idle: () => work,
  }
}

export const terminalListener = (out: Out, options: { readonly verbose: boolean }): Listener => storyListener(screenOn(out), options)
