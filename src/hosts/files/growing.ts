/** A typed array that grows by doubling: a column of a table whose length nobody knows beforehand. */
export interface Growing<Column> {
  push(value: number): void;
  readonly length: number;
  /** The values so far; a view, valid until the next `push`. */
  values(): Column;
}

const FIRST_SIZE = 1024;

interface Growable<Column> {
  readonly length: number;
  [at: number]: number;
  set(values: Column): void;
  subarray(from: number, to: number): Column;
}

function growing<Column extends Growable<Column>>(
  make: (length: number) => Column,
): Growing<Column> {
  let column = make(FIRST_SIZE);
  let length = 0;
  return {
    push(value) {
      if (length === column.length) {
        const larger = make(2 * length);
        larger.set(column);
        column = larger;
      }
      column[length] = value;
      length += 1;
    },
    get length() {
      return length;
    },
    values: () => column.subarray(0, length),
  };
}

export const growingInt32 = () => growing<Int32Array>((length) => new Int32Array(length));
export const growingUint8 = () => growing<Uint8Array>((length) => new Uint8Array(length));
export const growingFloat64 = () => growing<Float64Array>((length) => new Float64Array(length));
