/** What a status or a refund mark makes of its row. */
export type StatusMeaning = "sale" | "refund" | "not_won";

const REFUND =
  /^(?:refund|refunded|return|returned|chargeback|возврат|возвращ[её]н[ао]?|возвращ[её]но|сторно|да|yes|true|1|истина|y|д)$|возврат товар|^возврат/;
const LOST =
  /lost|cancel|fail|reject|declin|void|отмен|отказ|не реализ|проигр|провал|неусп|закрыто и не|недозвон|спам|spam/;
const OPEN =
  /^(?:new|open|pending|draft|processing|in progress|on hold|unpaid|awaiting.*|negotiation.*|proposal.*|qualified)$|^(?:нов(?:ая|ый|ое)|в работе|черновик|ожида.*|в обработке|переговоры.*|первичный контакт|подготовка.*|не оплачен[ао]?|согласован.*|принима.*решени.*|на согласовании.*)$/;
const SALE =
  /^(?:won|closed won|success|paid|complete|completed|delivered|shipped|fulfilled|invoiced|closed|sale|active|no|false|0|n|ложь|нет)$|успешн|реализован|выигр|^(?:оплач|выполн|заверш|доставл|отгруж|выдан|закрыт|продажа|получен)/;

/** null = a word we do not know: its row counts as it is. */
export function statusMeaning(cell: string): StatusMeaning | null {
  const text = cell.trim().toLowerCase();
  if (REFUND.test(text)) return "refund";
  if (LOST.test(text) || OPEN.test(text)) return "not_won";
  return SALE.test(text) ? "sale" : null;
}
