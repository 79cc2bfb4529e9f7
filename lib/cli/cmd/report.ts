/** `ovngw report`: one page for those who were not there. Exit 0 when it is written, whatever it says: `ovngw check` is the one that judges. */
import { redact } from '../../journal/redact.ts'
import { asError } from '../../kernel/errors.ts'
import type { Json } from '../../kernel/json.ts'
import { readTemplate } from '../../render/template.ts'
import type { ReportData } from '../../report/html/data.ts'
import type { Assets } from '../../report/html/page.ts'
import type { App } from '../app.ts'
import type { Globals } from '../globals.ts'
import { readReport } from '../report-data.ts'
import { siteOf } from '../site.ts'
import { withWorld } from '../with-world.ts'
import { writeNamed } from '../write-file.ts'

export async function report(app: App, globals: Globals, out?: string): Promise<number> {
  return withWorld(app, globals, await siteOf(globals, app.cwd), async (world, signal) => {
    const { data: whole, topology } = await readReport(app, globals, world, signal)
    const data = redact(whole as unknown as Json).value as unknown as ReportData
    const { output } = globals
    if (output === 'text') {
      const file = out ?? 'report.html'
      const picture = await topology.then(async (t) => ({ svg: (await import('../../topology/svg.ts')).svg(t, data.site) })).catch(whyNot)
      const { page } = await import('../../report/html/page.ts')
      await writeNamed(app.cwd, file, page(data, { style: readTemplate('report', 'css'), script: readTemplate('report', 'js'), picture }))
      app.err.write(`${file} is written\n`)
      return 0
    }
    const text = await textOf(data, output)
    if (out === undefined) app.out.write(text)
    else await writeNamed(app.cwd, out, text)
    return 0
  })
}

function whyNot(thrown: unknown): Assets['picture'] {
  const error = asError(thrown)
  if (error.code === 'CANCELLED' || error.code === 'BUG') throw error
  return { why: error.message }
}

async function textOf(data: ReportData, output: Globals['output']): Promise<string> {
  if (output === 'junit') return (await import('../../report/junit.ts')).junitText(data.groups, new Date(data.at))
  if (output === 'markdown') return (await import('../../report/html/markdown.ts')).reportMarkdown(data)
  return `${JSON.stringify(data)}\n`
}
