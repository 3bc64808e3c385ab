/** Invented purchases: two clients whose names need quotes, a refund, a purchase without a sum, cents. */
const ROWS = [
  ["Альфа, ООО", "01.02.2025", "1 234,56"],
  ['Бета "Юг"; филиал', "15.02.2025", "99,90"],
  ["Альфа, ООО", "03.03.2025", "10 000,00"],
  ["Гамма", "04.03.2025", ""],
  ['Бета "Юг"; филиал', "20.03.2025", "-50,00"],
] as const;

const HEADER = ["Клиент", "Дата", "Сумма"] as const;

export function table(delimiter: string, lineEnd = "\r\n"): string {
  const quoted = (cell: string) =>
    /[",;\t|\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  return [HEADER, ...ROWS]
    .map((row) => row.map(quoted).join(delimiter))
    .concat("")
    .join(lineEnd);
}

/** Windows-1251 of ASCII and the plain Russian letters. */
export function windows1251(text: string): Buffer {
  return Buffer.from(
    [...text].map((letter) => {
      const code = letter.codePointAt(0) ?? 0;
      if (code < 0x80) return code;
      if (code >= 0x410 && code <= 0x44f) return code - 0x350;
      throw new Error(`no byte for ${letter}`);
    }),
  );
}

export function utf16(text: string, isBigEndian: boolean): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return isBigEndian ? bytes.swap16() : bytes;
}

/** A base with habits, large enough to be modelled: client `c7` buys every 20 to 39 days, some stop. */
export function regularBase(clients: number): string {
  const lines = ["client,date,amount"];
  for (let client = 0; client < clients; client += 1) {
    const gap = 20 + ((client * 7) % 20);
    const last = client % 3 === 0 ? 200 : 700;
    for (let day = client % 60; day < last; day += gap + ((day * client) % 11)) {
      const date = new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(0, 10);
      lines.push(`c${client},${date},${100 + ((client * 37 + day * 11) % 900)}.50`);
    }
  }
  return `${lines.join("\n")}\n`;
}
