/** Texts of a column by number, in the order they were first met. */
export interface Labels {
  /** The number of a text; a new one if it has none yet. */
  codeOf(text: string): number;
  readonly size: number;
  names(): string[];
}

/** Shorter slices are copies anyway (V8, SlicedString::kMinLength). */
const LONGEST_COPY = 12;

export function makeLabels(): Labels {
  const codes = new Map<string, number>();
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    codeOf(text) {
      const known = codes.get(text);
      if (known !== undefined) return known;
      const code = codes.size;
      // A slice keeps the whole text it was cut from in memory; a name is kept for long, so it becomes its own text.
      codes.set(text.length > LONGEST_COPY ? decoder.decode(encoder.encode(text)) : text, code);
      return code;
    },
    get size() {
      return codes.size;
    },
    names: () => [...codes.keys()],
  };
}
