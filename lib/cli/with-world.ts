/** A command's time with its cluster: it begins connected, is ended by Ctrl-C or --timeout, and leaves no connection behind. */
import type { Site } from '../inventory/site.ts'
import { askedText } from '../proc/asked.ts'
import type { App, World } from './app.ts'
import type { Globals } from './globals.ts'
import { deadline, listenForInterrupts } from './signals.ts'

/** @param act `signal` ends with whichever comes first, `interrupted` with Ctrl-C alone */
export async function withWorld<T>(
  app: App,
  globals: Globals,
  site: Site,
  act: (world: World, signal: AbortSignal, interrupted: AbortSignal) => Promise<T>,
): Promise<T> {
  using interrupts = listenForInterrupts()
  using limit = deadline(interrupts.signal, globals.timeoutMs)
  const world = await app.world(site, globals)
  try {
    return await act(world, limit.signal, interrupts.signal)
  } finally {
    await world.close()
    if (globals.verbose) app.err.write(`asked: ${askedText(world.asked)}\n`)
  }
}

/** For a command that goes on for ever: Ctrl-C is its good end, exit 0. */
export async function untilStopped(interrupted: AbortSignal, goOn: () => Promise<number>): Promise<number> {
  try {
    return await goOn()
  } catch (error) {
    if (interrupted.aborted) return 0
    throw error
  }
}
