/** placeholder, being written by the lead */
export interface Look {
  readonly todo?: never
}
