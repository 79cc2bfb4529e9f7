/** What `import … from 'ovngw'` gives: everything a runbook, task or check of the user's own needs. Becomes dist/index.mjs. */
export { z } from 'zod'
export * from '../define.ts'
