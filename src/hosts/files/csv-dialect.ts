/** Where nothing else decides, the one that stands inside cells least often. */
const DELIMITERS = ["\t", ";", "|", ","] as const;

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

/** The separator that splits most of the first lines into the same number of cells, and into many. */
function guessDelimiter(text: string): string {
  const lines = withoutQuoted(text)
    .split("\n", 20)
    .filter((line) => line.trim() !== "");
  let best = ",";
  let bestScore = 0;
  for (const delimiter of DELIMITERS) {
    const counts = lines.map((line) => line.split(delimiter).length - 1);
    const { count, times } = usual(counts);
    const score = count * (times / lines.length) ** 2;
    if (score > bestScore) {
      best = delimiter;
      bestScore = score;
    }
  }
  return best;
}

/** The count most lines have, and how many have it; lines with none, titles, do not decide. */
function usual(counts: readonly number[]): { count: number; times: number } {
  const times = new Map<number, number>();
  for (const count of counts) if (count > 0) times.set(count, (times.get(count) ?? 0) + 1);
  let best = { count: 0, times: 0 };
  for (const [count, found] of times) if (found > best.times) best = { count, times: found };
  return best;
}

/** Quoted cells may hold delimiters and line ends. */
function withoutQuoted(text: string): string {
  return text.slice(0, DIALECT_SAMPLE).replace(/"[^"]*"/g, "");
}
