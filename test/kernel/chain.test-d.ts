import { z } from 'zod'
import { chain, defineTask } from '../../lib/define.ts'

const giver = defineTask({
  name: 'giver',
  summary: '',
  effect: 'read',
  input: z.object({}),
  title: () => '',
  gives: 'baseline',
  run: async () => ({ alive: [], dead: [] }),
})
const user = defineTask({
  name: 'user',
  summary: '',
  effect: 'read',
  input: z.object({}),
  title: () => '',
  needs: ['baseline'],
  run: async (_ctx, _input, { given }) => given.baseline.alive.length,
})

chain(giver({}), user({}))
// @ts-expect-error no earlier step gives `baseline`
chain(user({}), giver({}))
// @ts-expect-error nobody gives it
chain(user({}))

// @ts-expect-error a writing task without undo must say that it is a point of no return
defineTask({
  name: 'w',
  summary: '',
  effect: 'write',
  input: z.object({}),
  title: () => '',
  before: async () => null,
  apply: async () => null,
  holds: async () => true,
})
