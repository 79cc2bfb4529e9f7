import { setTimeout as delay } from 'node:timers/promises'

/** Does nothing for so many milliseconds. @throws what the signal was ended with (Ctrl-C, --timeout), which Node would wrap into an AbortError */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
