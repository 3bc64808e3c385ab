import type { Instant } from "../crm/ports.ts";
import { HOST_PAUSE } from "./pauses.ts";
import { enterTrouble, healthyState, type PortalRow, readPortal, setState } from "./portal-row.ts";
import type { Sql } from "./sql.ts";

/** The host's own page about the app says that its paid time is over, while calls still work. */
const EXPIRED = "expired";
const PAUSE_REASON = "payment";
/** Only the host's word ends this state: that a call works says nothing about what was paid. */
export function isExpired({ state, state_reason: reason }: PortalRow): boolean {
  return state === "payment_required" && reason === EXPIRED;
}

export function notePayment(sql: Sql, isPaid: boolean, now: Instant): void {
  const portal = readPortal(sql);
  if (!portal) return;
  if (!isPaid) enterTrouble(sql, "payment_required", EXPIRED, now);
  else if (isExpired(portal)) setState(sql, healthyState(sql), null, now);
}

/** Somebody may have paid: the next look is not put off any more. Other pauses go on. */
export function endPaymentPause(sql: Sql): void {
  sql.run("delete from pause where name = ? and reason = ?", HOST_PAUSE, PAUSE_REASON);
}
