/**
 * Rows by ascending id. Key-set paging over a large table costs a binary search, not a scan.
 */
export class Table<T extends { readonly id: number }> {
  readonly #byId = new Map<number, T>();
  readonly #ids: number[] = [];

  get size(): number {
    return this.#ids.length;
  }

  /** Ascending. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  get(id: number): T | undefined {
    return this.#byId.get(id);
  }

  /** Inserts or replaces. Appending is O(1); putting an old id back is O(n). */
  put(row: T): void {
    if (!this.#byId.has(row.id)) {
      const last = this.#ids.at(-1);
      if (last === undefined || last < row.id) this.#ids.push(row.id);
      else this.#ids.splice(this.lowerBound(row.id), 0, row.id);
    }
    this.#byId.set(row.id, row);
  }

  delete(id: number): void {
    if (!this.#byId.delete(id)) return;
    this.#ids.splice(this.lowerBound(id), 1);
  }

  /** Index of the first id that is >= the given one. */
  lowerBound(id: number): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  *rows(): Generator<T> {
    for (const id of this.#ids) {
      const row = this.#byId.get(id);
      if (row !== undefined) yield row;
    }
  }
}
