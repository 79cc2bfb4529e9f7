/** `npm test` takes samples, `npm run test:crash` (OVNGW_CRASH=all) every point. */
export const ALL = process.env['OVNGW_CRASH'] === 'all'
export const LIMIT = ALL ? 7_200_000 : 900_000

export const tell = (text: string): void => void process.stderr.write(`fault: ${text}\n`)
