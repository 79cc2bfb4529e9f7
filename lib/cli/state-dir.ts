import { homedir } from 'node:os'
import { stateRoot } from '../journal/store.ts'
import type { App } from './app.ts'
import type { Globals } from './globals.ts'

/** Where runs are journaled: --state-dir, else the user's own place. */
export const stateDir = ({ env }: App, globals: Globals): string => stateRoot(env, homedir(), globals.stateDir)
