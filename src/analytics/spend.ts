/** One line of a spend table: what a channel cost in a month. Refunds of spend are negative. */
export interface SpendRow {
  /** `YYYY-MM`. */
  readonly month: string;
  /** Compared with first sources of clients without regard to case and outer spaces; "" = not told apart. */
  readonly channel: string;
  /** Minor units of the base's currency. */
  readonly amountMinor: number;
  readonly kind: "marketing" | "sales";
}
