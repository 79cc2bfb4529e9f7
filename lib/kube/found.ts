/** Something that is looked up when first used and then kept. Who asks while another looks waits for that answer instead of asking again. */
export class Found<T extends object> {
  #kept: T | undefined
  #looking: Promise<T> | undefined

  get kept(): T | undefined {
    return this.#kept
  }

  /** A search of somebody else that failed is not ours: it may have been cancelled, or have had less time. */
  async get(look: () => Promise<T>): Promise<T> {
    if (this.#kept !== undefined) return this.#kept
    const others = this.#looking === undefined ? undefined : await this.#looking.catch(() => undefined)
    if (others !== undefined) return others
    const looking = look()
    this.#looking = looking
    try {
      this.#kept = await looking
      return this.#kept
    } finally {
      if (this.#looking === looking) this.#looking = undefined
    }
  }

  forget(): void {
    this.#kept = undefined
  }
}
