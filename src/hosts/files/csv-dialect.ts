const DELIMITERS = [";", ",", "\t", "|"] as const;

/** Characters of a file's head that are enough to see its habits. */
export const DIALECT_SAMPLE = 16_384;

export interface CsvDialect {
  readonly delimiter: string;
  /** Characters before the table: `sep=;` of Excel. */
  readonly skip: number;
  /** Line of the file that the table starts on. */
  readonly firstLine: number;
}

/** Dialect of a table by its first characters; line ends are `\n`. */
export function csvDialect(head: string): CsvDialect {
  const announced = /^sep=([;,\t|])\n/i.exec(head);
  const [whole = "", delimiter] = announced ?? [];
  if (delimiter !== undefined) return { delimiter, skip: whole.length, firstLine: 2 };
  return { delimiter: guessDelimiter(head), skip: 0, firstLine: 1 };
}

/** The separator that splits the first lines into the same, largest number of cells. */
function guessDelimiter(text: string): string {
  const lines = withoutQuoted(text)
    .split("\n", 20)
    .filter((line) => line.trim() !== "");
  let best = ",";
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const score = typical(counts) * (counts.every((count) => count === counts[0]) ? 2 : 1);
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

/** Quoted cells may hold delimiters and line ends. */
function withoutQuoted(text: string): string {
  return text.slice(0, DIALECT_SAMPLE).replace(/"[^"]*"/g, "");
}

/** The count most lines have: a title above the table does not decide. */
function typical(counts: readonly number[]): number {
  const sorted = [...counts].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
