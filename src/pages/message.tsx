import { type PageContext, renderDocument } from "./layout.tsx";
import type { MessageCode } from "./texts/codes.ts";
import { textsOf } from "./texts/index.ts";
import { lookUp } from "./texts/params.ts";

export interface MessageView extends PageContext {
  /** A `MessageCode` or an error code; unknown ones show the general text. */
  readonly message: string;
}

/** Error codes that may reach a page, by the text that helps the person most. */
const BY_ERROR: Readonly<Record<string, MessageCode>> = {
  "input.invalid": "invalid",
  "input.too_large": "invalid",
  "auth.refused": "no_access",
  "auth.required": "open_again",
  "auth.not_admin": "not_admin",
  "auth.ticket_spent": "open_again",
  "portal.unknown": "not_installed",
  "portal.wrong_region": "region",
  "portal.not_ready": "setting_up",
  "host.token_revoked": "reconnect",
  "host.portal_deleted": "reconnect",
  "host.token_expired": "open_again",
  "host.payment_required": "payment_required",
  "host.no_rights": "no_access",
  "host.not_found": "no_access",
  "host.unreachable": "crm_unavailable",
  "host.timeout": "crm_unavailable",
  "host.unavailable": "crm_unavailable",
  "host.bad_answer": "crm_unavailable",
  "host.rate_limited": "crm_unavailable",
  "host.blocked": "crm_unavailable",
};

/** A page that says one thing: what happened and what the reader can do. */
export function renderMessage(view: MessageView): string {
  const all = textsOf(view.locale);
  const text =
    lookUp(all.messages, lookUp(BY_ERROR, view.message) ?? view.message) ?? all.messages.internal;
  return renderDocument({
    context: view,
    title: text.title,
    style: "card",
    island: "plain",
    body: (
      <main class="message">
        <h1>{text.title}</h1>
        <p>{text.text}</p>
        <p class="quiet">{all.page.product}</p>
      </main>
    ),
  });
}
