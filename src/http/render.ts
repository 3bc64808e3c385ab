import type { DoorReply, EmbeddedPage } from "../crm/door.ts";
import type { Clock, Random } from "../crm/ports.ts";
import type { PageAssets } from "../pages/assets.ts";
import { renderCard } from "../pages/card.tsx";
import { renderConnect } from "../pages/connect.tsx";
import { renderInstaller } from "../pages/installer.tsx";
import type { PageContext, PageSession } from "../pages/layout.tsx";
import { renderMessage } from "../pages/message.tsx";
import { renderOverview } from "../pages/overview.tsx";
import { renderShell } from "../pages/shell.tsx";
import { pickLocale } from "../pages/texts/format.ts";
import type { Portal } from "../portal/portal-api.ts";
import { toHex } from "./digest.ts";
import type { PublicError } from "./errors.ts";
import { buttonHeaders, pageHeaders } from "./headers.ts";
import { findLivePortal } from "./live-portal.ts";
import type { Portals } from "./ports.ts";
import type { Sessions } from "./sessions.ts";

const NONCE_BYTES = 16;

export interface PageRenderer {
  page(page: EmbeddedPage): Promise<Response>;
  shell(reply: Extract<DoorReply, { kind: "shell" }>): Response;
  button(reply: Extract<DoorReply, { kind: "button" }>): Response;
  failure(
    failure: PublicError,
    requestId: string,
    locale: string | null,
    frameOrigins: readonly string[],
  ): Response;
}

export interface RendererParts {
  readonly portals: Portals;
  readonly sessions: Sessions;
  readonly assets: PageAssets;
  readonly random: Random;
  readonly clock: Clock;
}

/** Turns what a door decided into a page: view model from the portal, session for the viewer, headers for the frame. */
export function makeRenderer(parts: RendererParts): PageRenderer {
  const { portals, sessions, assets, random } = parts;
  const makeNonce = () => toHex(random.bytes(NONCE_BYTES));

  const message = (code: string, context: PageContext, origins: readonly string[], status = 200) =>
    new Response(renderMessage({ ...context, message: code }), {
      status,
      headers: pageHeaders(context.nonce, origins),
    });

  return {
    async page(page) {
      const nonce = makeNonce();
      const origins = page.frameOrigin === null ? [] : [page.frameOrigin];
      const session = await openSession(page, sessions);
      const context: PageContext = {
        locale: pickLocale(page.locale),
        nonce,
        assets,
        session,
        frame: page.island === null ? null : { island: page.island, origins },
      };
      if (page.place === "message" && !isRefusedCard(page)) {
        return message(page.message ?? "internal", context, origins);
      }
      const portal = page.portal === null ? null : await findLivePortal(portals, page.portal);
      if (portal === null) return message("not_installed", context, origins);
      const lost = await portal.lostConnection();
      const isAdmin = page.viewer?.isAdmin ?? false;
      const known = lost === null ? context : { ...context, lost: { ...lost, isAdmin } };
      const view = await portalPage(page, portal, known);
      if ("message" in view) return message(view.message, context, origins);
      return new Response(view.html, { headers: pageHeaders(nonce, origins) });
    },
    shell(reply) {
      const nonce = makeNonce();
      const context = {
        locale: pickLocale(reply.locale),
        nonce,
        assets,
        frame: { island: reply.island, origins: reply.frameOrigins },
      };
      return new Response(renderShell(context), {
        headers: pageHeaders(nonce, reply.frameOrigins),
      });
    },
    button({ locale, crm, button }) {
      const nonce = makeNonce();
      const html = renderConnect({ locale: pickLocale(locale), nonce, assets, crm, button });
      return new Response(html, { headers: buttonHeaders(nonce, new URL(button.script).origin) });
    },
    failure(failure, requestId, locale, frameOrigins) {
      const nonce = makeNonce();
      const context: PageContext = {
        locale: pickLocale(locale),
        nonce,
        assets,
        session: null,
        frame: null,
      };
      const response = message(failure.code, context, frameOrigins, failure.status);
      const { retryAfterSeconds } = failure;
      if (retryAfterSeconds !== null) {
        response.headers.set("retry-after", String(retryAfterSeconds));
      }
      response.headers.set("x-request-id", requestId);
      return response;
    },
  };
}

async function portalPage(
  page: EmbeddedPage,
  portal: Portal,
  context: PageContext,
): Promise<{ html: string } | { message: string }> {
  const isAdmin = page.viewer?.isAdmin ?? false;
  switch (page.place) {
    case "installer":
      return { html: renderInstaller(context) };
    case "card": {
      if (isRefusedCard(page)) return await refusedCard(portal, context, page);
      if (!page.entity) return { message: "no_entity" };
      const { entity, id } = page.entity;
      const { size = "column", canClose = false } = page;
      const viewer = { canRead: page.canRead ?? true, isAdmin };
      const card = await portal.card(entity, id, viewer, { isFull: size === "full" });
      return {
        html: renderCard({ ...context, card, entity: page.entity, size, canClose }),
      };
    }
    case "app":
      if (!isAdmin) return { message: "not_admin" };
      return { html: renderOverview({ ...context, overview: await portal.overview() }) };
    case "message":
      if (isRefusedCard(page)) return await refusedCard(portal, context, page);
      return { message: page.message ?? "internal" };
  }
}

const CARD_MESSAGES: readonly (string | undefined)[] = ["no_permission", "licence_ended"];

/** A viewer who may not read the record, or cannot be asked about, gets no record either. */
function isRefusedCard({ place, entity, canRead, message, portal }: EmbeddedPage): boolean {
  if (place === "card") return entity === undefined && canRead === false;
  return place === "message" && CARD_MESSAGES.includes(message) && portal !== null;
}

/** The card document of nobody: it says why it is empty and knows no id. */
async function refusedCard(
  portal: Portal,
  context: PageContext,
  { message }: EmbeddedPage,
): Promise<{ html: string }> {
  const isUnpaid = message === "licence_ended";
  const card = await portal.card("deal", "0", { canRead: false, isAdmin: false, isUnpaid });
  return { html: renderCard({ ...context, card }) };
}

/** Pages with data carry a session; it proves only the record the page stands in. */
async function openSession(page: EmbeddedPage, sessions: Sessions): Promise<PageSession | null> {
  if (page.portal === null || page.viewer === null) return null;
  const canRead = page.canRead ?? true;
  const { token, expiresAt } = await sessions.open({
    portal: page.portal,
    viewer: page.viewer,
    entities: page.entity && canRead ? [page.entity] : [],
    locale: page.locale,
  });
  return {
    token,
    expiresAt,
    portal: page.portal,
    locale: page.locale,
    role: page.viewer.isAdmin ? "admin" : "user",
  };
}
