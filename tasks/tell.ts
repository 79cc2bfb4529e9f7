import { z } from 'zod'
import { defineTask } from '../lib/define.ts'

const input = z.object({ title: z.string(), lines: z.array(z.string()).describe('a line that begins with two blanks is never wrapped') })

/** Say what a person does next, once everything is proved; kept beside the journal. */
export const tell = defineTask({
  name: 'tell',
  summary: 'Show a text, and keep it beside the journal',
  effect: 'read',
  input,
  title: ({ title }) => title,
  run: async (ctx, { title, lines }) => {
    ctx.note(title, `${lines.join('\n')}\n`)
    return null
  },
})
