/** How much may still go into a batch. The first thing always may, be it as large as it wants. */
export class ByteBudget {
  #left: number;
  #isUntouched = true;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Takes the bytes off, if they are there. */
  take(bytes: number): boolean {
    if (!this.#isUntouched && bytes > this.#left) return false;
    this.#left -= bytes;
    this.#isUntouched = false;
    return true;
  }
}
