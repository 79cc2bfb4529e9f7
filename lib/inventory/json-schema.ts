/** The JSON Schema of a site file, published as inventory/site.schema.json for editors. Draft 7: what yaml-language-server reads best. */
import { z } from 'zod'
import { siteSchema } from './schema.ts'

export const siteJsonSchema = (): object => z.toJSONSchema(siteSchema, { io: 'input', target: 'draft-7' })

/** The text of the published file. */
export const siteJsonSchemaText = (): string => `${JSON.stringify(siteJsonSchema(), null, 2)}\n`
