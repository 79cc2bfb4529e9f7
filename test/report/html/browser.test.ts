/** The report as people meet it: headless Chromium, narrow and wide, light and dark, by keyboard; axe-core judges what a screen reader gets. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recording } from '../../tasks/checks/recorded-look.ts'
import { crowd, journaled, sound, typed } from '../../topology/scenes.ts'
import { CHROMIUM, openBrowser } from './browser.ts'

const DOCS = fileURLToPath(new URL('../../../docs/', import.meta.url))
const WRITE = process.env['OVNGW_WRITE'] === 'yes'

if (CHROMIUM === undefined) process.stderr.write('no Chromium: the report is not looked at in a browser (bin/setup --test brings it)\n')

describe.skipIf(CHROMIUM === undefined)('in Chromium', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ovngw-browser-'))
  const open: Page[] = []
  let browser: Browser

  beforeAll(async () => {
    browser = await openBrowser(CHROMIUM ?? '')
    journaled(join(dir, 'state'))
    const broken = crowd(sound('s16'), { pods: 120, nodes: ['node1', 'node2', 'node3', 'node4', 'node5', 'node6'], namespaces: ['shop', 'mail'] })
    await typed(broken, ['report', '--out', 'broken.html'], { dir })
    await typed(crowd(sound(), { pods: 60 }), ['report', '--out', 'healthy.html'], { dir })
    await typed(recording('s21'), ['topology', '--out', 'broken.svg'], { dir })
    await typed(crowd(sound(), { pods: 60 }), ['topology', '--out', 'healthy.svg'], { dir })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(dir, { recursive: true, force: true })
  })

  interface View {
    readonly width?: number
    readonly dark?: boolean
  }

  async function visit(file: string, { width = 1200, dark = false }: View = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: dark ? 'dark' : 'light' })
    open.push(page)
    page.on('request', (r) => {
      if (!r.url().startsWith('file:')) throw new Error(`it asked for ${r.url()}`)
    })
    const errors: string[] = []
    page.on('console', (m) => void (m.type() === 'error' && errors.push(m.text())))
    page.on('pageerror', (e) => void errors.push(String(e)))
    await page.goto(pathToFileURL(join(dir, file)).href)
    expect(errors).toEqual([])
    return page
  }

  const podNames = (page: Page): Promise<string[]> => page.locator('#pods-table tbody tr:visible th').allTextContents()

  test.each(['broken.html', 'healthy.html'].flatMap((file) => [false, true].map((dark) => ({ file, dark }))))(
    'axe finds nothing serious: %o',
    async ({ file, dark }) => {
      const page = await visit(file, { dark })
      await page.evaluate('for (const d of document.querySelectorAll("details")) d.open = true')
      await page.evaluate(axe.source)
      const { violations } = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as {
        violations: { id: string; impact: string; nodes: { html: string }[] }[]
      }
      expect(violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => [v.id, v.nodes[0]?.html])).toEqual([])
      await page.close()
    },
  )

  test.each([360, 1200])('at %i px the page does not scroll sideways', async (width) => {
    for (const file of ['broken.html', 'healthy.html']) {
      const page = await visit(file, { width })
      await page.evaluate('for (const d of document.querySelectorAll("details")) d.open = true')
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
      await page.close()
    }
  })

  test('search narrows the pods and tells how many are left', async () => {
    const page = await visit('broken.html')
    const all = await podNames(page)
    const box = page.getByRole('searchbox', { name: 'Search' }).first()
    await box.fill('mail/ 172.56.16')
    const left = await podNames(page)
    expect(left.length).toBeGreaterThan(0)
    expect(left.length).toBeLessThan(all.length)
    for (const name of left) expect(name).toMatch(/^mail\//)
    expect(await page.getByRole('status').first().textContent()).toBe(`${left.length} of ${all.length}`)
    await box.fill('no such pod')
    expect(await podNames(page)).toEqual([])
    await box.fill('')
    expect(await podNames(page)).toEqual(all)
    await page.close()
  })

  test('sort by keyboard alone: addresses by value, aria-sort says which way', async () => {
    const page = await visit('broken.html')
    const button = page.getByRole('button', { name: 'annotated' })
    const values = async (): Promise<number[]> => {
      const cells = await page.locator('#pods-table tbody tr td:nth-child(3)').allTextContents()
      return cells.flatMap((c) => (/^[\d.]+$/.test(c) ? [c.split('.').reduce((sum, n) => sum * 256 + Number(n), 0)] : []))
    }
    await button.focus()
    await page.keyboard.press('Enter')
    const head = page.locator('#pods-table th', { has: button })
    expect(await head.getAttribute('aria-sort')).toBe('ascending')
    const up = await values()
    expect(up.length).toBeGreaterThan(30)
    expect(up).toEqual(up.toSorted((a, b) => a - b))
    await page.keyboard.press('Space')
    expect(await head.getAttribute('aria-sort')).toBe('descending')
    expect(await values()).toEqual(up.toReversed())
    expect(await page.locator('#pods-table th[aria-sort]').count()).toBe(1)
    await page.close()
  })

  test('the first Tab offers to skip to the content, and what has the focus shows it', async () => {
    const page = await visit('healthy.html')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    expect(await page.locator('.jump').boundingBox()).toMatchObject({ x: 0 })
    await page.close()
  })

  test('on paper: light whatever the screen is, nothing cut off in a scrolling box, no search field', async () => {
    const page = await visit('broken.html', { dark: true })
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await page.evaluate('getComputedStyle(document.querySelector(".wide")).overflow')).toBe('visible')
    expect(await page.locator('.search').first().isVisible()).toBe(false)
    await page.close()
  })

  test.runIf(WRITE)('pictures for docs/', async () => {
    for (const [file, name, view] of [
      ['healthy.svg', 'topology', { width: 1180 }],
      ['broken.svg', 'topology-broken', { width: 1180 }],
      ['broken.html', 'report', { width: 1200 }],
      ['broken.html', 'report-dark', { width: 1200, dark: true }],
      ['healthy.html', 'report-narrow', { width: 360 }],
    ] as const) {
      const page = await visit(file, view)
      const target = file.endsWith('.svg') ? page.locator('svg') : page
      await target.screenshot({ path: join(DOCS, `${name}.png`) })
      await page.close()
    }
  })
})
