/** What a CRM knows of clients besides purchases, of one client: `kind[row]` happened on `day[row]`; ascending days. */
export interface ClientSignals {
  readonly day: Int32Array;
  /** A value of SIGNAL (signals.ts). */
  readonly kind: Uint8Array;
}

/** The same of a whole log: client `c` has the rows `offset[c]` to `offset[c + 1]` (exclusive). */
export interface SignalLog extends ClientSignals {
  readonly offset: Int32Array;
  /** Clients of the base for one of the log: 1, or more where the log is a sample. */
  readonly standsFor: number;
}
