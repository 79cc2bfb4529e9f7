/** A database put back by difference, on the real ovsdb-server. */
import { afterEach, expect, it } from 'vitest'
import { NORTHBOUND, readRows, restoreRows, type Scope } from '../../lib/lab/ovsdb.ts'
import { transaction } from '../../lib/lab/ovsdb-call.ts'
import { startDatabases } from './ovsdb.ts'

let db: Awaited<ReturnType<typeof startDatabases>> | undefined
afterEach(() => db?.close())

async function opened(): Promise<Scope> {
  db = await startDatabases(['node1'])
  return { socket: db.nbSocket, database: 'OVN_Northbound', tables: NORTHBOUND }
}
const sets = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ op: 'insert', table: 'Address_Set', row: { name: `set${i}`, addresses: `10.16.0.${i % 250}` } }))

it('takes thousands of rows away at once', async () => {
  const nb = await opened()
  const before = await readRows(nb)
  await transaction(nb.socket, [nb.database, ...sets(4000)])
  expect(await restoreRows(nb, before)).toBe(4000)
  expect(await readRows(nb)).toEqual(before)
})

it('puts them back under their UUIDs', async () => {
  const nb = await opened()
  await transaction(nb.socket, [nb.database, ...sets(4000)])
  const full = await readRows(nb)
  await transaction(nb.socket, [nb.database, { op: 'delete', table: 'Address_Set', where: [] }])
  await restoreRows(nb, full)
  expect(await readRows(nb)).toEqual(full)
})

it('says what the server refused', async () => {
  const nb = await opened()
  await expect(transaction('/nowhere.sock', [])).rejects.toMatchObject({ code: 'COMMAND', why: expect.stringContaining('ENOENT') })
  await expect(transaction(nb.socket, ['No_Such_Database'])).rejects.toMatchObject({ code: 'COMMAND' })
})
