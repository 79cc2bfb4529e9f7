/** `ovngw report` without a browser: what is in the file, what is not, and the other formats. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { html, trusted } from '../../../lib/report/html/tag.ts'
import type { Recording } from '../../tasks/checks/recorded-look.ts'
import { crowd, journaled, sound, typed } from '../../topology/scenes.ts'

const dir = mkdtempSync(join(tmpdir(), 'ovngw-report-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function reported(made: Recording, file: string): Promise<string> {
  expect(await typed(made, ['report', '--out', file], { dir })).toMatchObject({ exit: 0, out: '' })
  return readFileSync(join(dir, file), 'utf8')
}

const HOSTILE = [`<script>alert('pod')</script>`, `" onmouseover="alert(1)`, `</table></svg><img src=x onerror=alert(2)>`, '{{7*7}}&amp;']

/** Names and values that the API would never take, as if it had. */
function hostile(): Recording {
  const made = crowd(sound(), { pods: 12 })
  for (const [i, text] of HOSTILE.entries()) {
    const pod = made.pods.at(-1 - 3 * i)
    Object.assign(pod?.metadata ?? {}, { name: text })
    Object.assign(pod?.metadata.annotations ?? {}, { 'ovn.kubernetes.io/eip': text })
  }
  return made
}

describe('the page', () => {
  test('needs nothing from anywhere, and its policy forbids it', async () => {
    const page = await reported(sound('s16'), 'alone.html')
    expect(page.replaceAll('http://www.w3.org/2000/svg', '').replaceAll('https://10.250.0.1:6443', '')).not.toMatch(/https?:\/\/|<link|@import|url\(|\bsrc=/)
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none';/)
  })

  test('what comes from the cluster is text', async () => {
    const page = await reported(hostile(), 'hostile.html')
    expect(page.match(/<script/g)).toHaveLength(1) // our own
    expect(page).not.toMatch(/<img|" onmouseover="/)
    expect(page).toContain('&lt;script&gt;alert(')
    expect(page).toContain('&quot; onmouseover=&quot;')
    expect(page).toContain('&amp;amp;')
  })

  test('a secret in what a tool said, or in a journal, is not in it', async () => {
    const made = sound('s21')
    for (const { ovs } of Object.values(made.hosts)) {
      const table = ovs['Interface']
      const at = table?.headings.indexOf('error') ?? -1
      for (const row of table?.data ?? []) row[at] = 'refused: Bearer s3cr3t-s3cr3t-s3cr3t'
    }
    journaled(join(dir, 'state'))
    const page = await reported(made, 'secret.html')
    expect(page).toContain('refused: Bearer [redacted]')
    expect(page).toContain('2026-11-22T10-00-00-install')
    expect(page).toContain('password=[redacted]')
    expect(page).toMatch(/apply:label<\/th><td>2\.5 s/) // steps of the newest run
    expect(page).not.toMatch(/s3cr3t|hunter2/)
    rmSync(join(dir, 'state'), { recursive: true })
  })

  test('a cluster whose NB does not answer has a page too: it says what could not be read', async () => {
    const made = sound()
    made.nb = new Proxy(made.nb, {
      get: () => {
        throw new Error('NB is away')
      },
    })
    expect((await typed(made, ['report', '--out', 'away.html'], { dir })).exit).toBe(1) // a bug is a bug, never a page
    const denied = sound()
    denied.others['pods'] = 'denied'
    const page = await reported(denied, 'denied.html')
    expect(page).toContain('There is no picture: you may not list pods')
    expect(page).toMatch(/could not look/)
  })
})

describe('other formats', () => {
  test('-o markdown: tables, and no markup of data', async () => {
    const { exit, out } = await typed(hostile(), ['report', '-o', 'markdown'], { dir })
    expect(exit).toBe(0)
    for (const title of ['## pods', '## drift', '## history', '## gateway']) expect(out).toContain(title)
    expect(out).not.toMatch(/(^|[^\\])<(script|img)/)
  })

  test('-o junit is the checks, into a file too', async () => {
    const { out } = await typed(sound('s21'), ['report', '-o', 'junit'], { dir })
    expect(out).toMatch(/<testsuites name="ovngw" .*failures="[1-9]/)
    expect(await typed(sound('s21'), ['report', '-o', 'junit', '--out', 'checks.xml'], { dir })).toMatchObject({ exit: 0, out: '' })
    expect(readFileSync(join(dir, 'checks.xml'), 'utf8')).toContain('<testsuites')
  })

  test('-o json: every pod with an address, by name', async () => {
    const { out } = await typed(crowd(sound(), { pods: 30 }), ['report', '-o', 'json'], { dir })
    expect(JSON.parse(out).pods.rows).toHaveLength(12)
  })
})

describe('html', () => {
  test.each([
    ['<b>', '&lt;b&gt;'],
    [`"'&`, `&quot;'&amp;`],
    ['\u0000', '\ufffd'],
  ])('%j is escaped', (data, shown) => expect(html`<p title="${data}">${[data, [data]]}</p>`.text).toBe(`<p title="${shown}">${shown}${shown}</p>`))
  test('markup stays, nothing is nothing', () => expect(html`${html`<i>${1}</i>`}${trusted('<hr>')}${undefined}`.text).toBe('<i>1</i><hr>'))
})
