/** Debian's Chromium, headless, driven by playwright-core. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable']
const paths = (process.env['PATH'] ?? '').split(delimiter).flatMap((dir) => NAMES.map((name) => join(dir, name)))

/** Where it is; undefined: `bin/setup --test` could not bring it. */
export const CHROMIUM = paths.find((path) => existsSync(path))

// Its sandbox needs user namespaces, which root in a container does not have; the page is our own and loads nothing.
export const openBrowser = (executablePath: string): Promise<Browser> => chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
