import { errorCode } from "../../crm/error.ts";
import type { HostAccount, HostLink } from "../../crm/host.ts";
import { methodRequest } from "./api.ts";
import { type Command, callBatch, resultOf } from "./batch.ts";
import { isYes, parseJson, toFields, toText } from "./values.ts";

const READS: readonly Command[] = [
  { method: "profile", params: {} },
  { method: "app.info", params: {} },
  { method: "crm.currency.base.get", params: {} },
];

/** Who the portal is, with the stored token. Throws AppError `host.*`. */
export async function check(link: HostLink): Promise<HostAccount> {
  const { outcomes, time, endpoint } = await callBatch(link, READS, { halt: false });
  const [profileOutcome, appOutcome, currencyOutcome] = outcomes;
  const profile = toFields(resultOf(profileOutcome));
  const app = toFields(resultOf(appOutcome));
  const locale = toText(app.LANGUAGE_ID)?.toLowerCase() ?? null;
  return {
    key: link.address.key,
    endpoint,
    timeZone: toTimeZone(toText(profile.TIME_ZONE), time.offset),
    currency: toText(resultOf(currencyOutcome)) ?? link.currency,
    locale: locale !== null && /^[a-z]{2}$/.test(locale) ? locale : null,
    isPaid: !isYes(app.PAYMENT_EXPIRED) && (await isPaidAtServer(link)),
  };
}

/**
 * The token server's word on what was paid; a self-hosted portal could say of itself what it likes. Its answer has no
 * documented shape, so only a plain refusal counts, and its silence counts for nothing.
 */
async function isPaidAtServer(link: HostLink): Promise<boolean> {
  const server = link.tokenServer ?? null;
  if (server === null) return true;
  try {
    const build = () => methodRequest(`${server.replace(/\/$/, "")}/rest/`, "app.info", {});
    const response = await link.send("app.info", build, { isOptional: true });
    const install = toFields(toFields(toFields(parseJson(response.text)).result).install);
    return !isYes(install.payment_expired ?? install.PAYMENT_EXPIRED);
  } catch (thrown) {
    if (errorCode(thrown) === "host.payment_required") return false;
    if (LINK_IS_DOWN.includes(errorCode(thrown))) throw thrown;
    return true;
  }
}

/** What says something about the portal's own connection is not for us to hide. */
const LINK_IS_DOWN: readonly string[] = [
  "host.token_revoked",
  "host.portal_deleted",
  "config.invalid",
];

/** The profile's zone when there is one, else the portal's present offset as a zone without summer time. */
function toTimeZone(named: string | null, offset: string | null): string {
  if (named !== null && isZone(named)) return named;
  const match = /^([+-])(\d{2}):(\d{2})$/.exec(offset ?? "");
  if (!match) return "UTC";
  const [, sign, hours = "00", minutes] = match;
  if (minutes !== "00") return offset ?? "UTC";
  // The names of this family count westwards.
  return hours === "00" ? "UTC" : `Etc/GMT${sign === "+" ? "-" : "+"}${Number(hours)}`;
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
