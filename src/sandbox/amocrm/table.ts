/** Rows in order of a number, ties in order of id. Adding at the end is O(1), elsewhere a binary search and one move. */
class SortedIndex<Row extends { readonly id: number }> {
  #rows: Row[] = [];
  readonly #key: (row: Row) => number;

  constructor(key: (row: Row) => number) {
    this.#key = key;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  load(rows: readonly Row[]): void {
    this.#rows = [...this.#rows, ...rows].sort(
      (a, b) => this.#key(a) - this.#key(b) || a.id - b.id,
    );
  }

  add(row: Row): void {
    this.#rows.splice(this.#place(this.#key(row), row.id), 0, row);
  }

  /** Must be called before the row's key changes. */
  remove(row: Row): void {
    const at = this.#place(this.#key(row), row.id);
    if (this.#rows[at] === row) this.#rows.splice(at, 1);
  }

  /** First position whose key is at least `key`. */
  from(key: number): number {
    return this.#place(key, Number.NEGATIVE_INFINITY);
  }

  #place(key: number, id: number): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.#rows[middle];
      if (row === undefined) break;
      const rowKey = this.#key(row);
      if (rowKey < key || (rowKey === key && row.id < id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

interface TableRow {
  readonly id: number;
  updated_at: number;
  created_at: number;
}

interface TableRules<Row> {
  /** Rows that usual lists show. */
  readonly isListed: (row: Row) => boolean;
  /** Rows of the recycle bin. */
  readonly isInBin: (row: Row) => boolean;
}

/** One collection of an account with the orders that lists ask for. */
export class Table<Row extends TableRow> {
  readonly byId = new SortedIndex<Row>((row) => row.id);
  readonly byUpdated = new SortedIndex<Row>((row) => row.updated_at);
  readonly bin = new SortedIndex<Row>((row) => row.id);
  readonly #rows = new Map<number, Row>();
  readonly #rules: TableRules<Row>;
  readonly #found = new Map<string, readonly Row[]>();

  constructor(rules: TableRules<Row>) {
    this.#rules = rules;
  }

  get(id: number): Row | undefined {
    return this.#rows.get(id);
  }

  /** The row, if usual lists would show it. */
  listed(id: number): Row | undefined {
    const row = this.#rows.get(id);
    return row !== undefined && this.#rules.isListed(row) ? row : undefined;
  }

  all(): Iterable<Row> {
    return this.#rows.values();
  }

  insert(row: Row): void {
    this.#rows.set(row.id, row);
    this.#enter(row);
  }

  load(rows: readonly Row[]): void {
    for (const row of rows) this.#rows.set(row.id, row);
    const listed = rows.filter((row) => this.#rules.isListed(row));
    this.byId.load(listed);
    this.byUpdated.load(listed);
    this.bin.load(rows.filter((row) => this.#rules.isInBin(row)));
    this.#found.clear();
  }

  /** Every change of a row goes through here, so that the orders stay true. */
  change(row: Row, mutate: (row: Row) => void): void {
    this.byId.remove(row);
    this.byUpdated.remove(row);
    this.bin.remove(row);
    mutate(row);
    this.#enter(row);
  }

  /** Keeps the outcome of a filter until the next change, so that page N costs no second scan. */
  remember(key: string, find: () => readonly Row[]): readonly Row[] {
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const rows = find();
    if (this.#found.size >= 16) this.#found.clear();
    this.#found.set(key, rows);
    return rows;
  }

  #enter(row: Row): void {
    if (this.#rules.isListed(row)) {
      this.byId.add(row);
      this.byUpdated.add(row);
    }
    if (this.#rules.isInBin(row)) this.bin.add(row);
    this.#found.clear();
  }
}
