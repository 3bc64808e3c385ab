import type { HostRates, Memo } from "../../crm/host.ts";
import type { Outcome } from "./batch.ts";
import { toFields, toText } from "./values.ts";

const NAME = "licence";
/** The vendor drains 5 requests a second from a bucket of 250 there; the rest of it is for others on this address. */
const ENTERPRISE: HostRates = { requestsPerSecond: 5, burst: 200 };

/** The family of the portal's plan, from its `app.info`; nothing when it does not say. */
export function readLicence(outcome: Outcome | undefined): Memo {
  if (outcome?.kind !== "ok") return {};
  const family = toText(toFields(outcome.result).LICENSE_FAMILY);
  return family === null ? {} : { [NAME]: family.toLowerCase().slice(0, 32) };
}

/** Enterprise portals take more requests than all others. */
export function ratesOf(memo: Memo): HostRates | null {
  return memo[NAME] === "ent" ? ENTERPRISE : null;
}
