/** One thing a schema (zod's) found wrong in a value, and where in it. */
export interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** Undefined: this is no error of a schema. */
export const issuesOf = (error: unknown): readonly Issue[] | undefined =>
  typeof error === 'object' && error !== null && 'issues' in error ? (error.issues as readonly Issue[]) : undefined
