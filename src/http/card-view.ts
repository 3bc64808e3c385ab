import type { Context, Hono } from "hono";
import { z } from "zod";
import { CARD_SIZES, type CardDocument } from "../crm/card.ts";
import type { Desk } from "../crm/door.ts";
import { AppError } from "../crm/error.ts";
import type { CardEntity } from "../crm/host.ts";
import { renderCardPart } from "../pages/card.tsx";
import { pickLocale } from "../pages/texts/format.ts";
import type { Portal } from "../portal/portal-api.ts";
import { commonHeaders } from "./headers.ts";
import type { Session } from "./sessions.ts";

/** Rights that an administrator takes away are gone after this long. */
const RIGHTS_LIFE_MS = 15 * 60_000;

const id = z.string().regex(/^[1-9]\d{0,15}$/);
const clientKey = z.string().regex(/^(?:company|contact):[1-9]\d{0,15}$/);

const query = z.object({
  entity: z.enum(["deal", "contact", "company"]),
  id,
  /** One of the record's several clients; absent = the one that buys. */
  client: clientKey.optional(),
  size: z.enum(CARD_SIZES).default("column"),
});

interface Entered {
  readonly session: Session;
  readonly portal: Portal;
}

/**
 * The card of another of the record's clients, for a page that is open: the document and its part of the page. The record
 * has to be proved by the session; the client's own card is proved now, with this viewer's rights.
 */
export function cardViewRoute(
  app: Hono,
  enter: (context: Context) => Promise<Entered>,
  desk: Pick<Desk, "cached" | "mayAsk">,
): void {
  app.get("/api/card/view", async (context) => {
    const entered = await enter(context);
    const { session, portal } = entered;
    const asked = query.safeParse(context.req.query());
    if (!asked.success) {
      const field = String(asked.error.issues[0]?.path[0] ?? "");
      throw new AppError("input.invalid", { details: { field } });
    }
    const { entity, id: recordId, client, size } = asked.data;
    if (!session.entities.some((one) => one.entity === entity && one.id === recordId)) {
      throw new AppError("auth.refused");
    }
    const viewer = { canRead: true, isAdmin: session.isAdmin };
    const look = { isFull: size === "full" };
    const first = await portal.card(entity, recordId, viewer, look);
    const card =
      client === undefined || client === first.client?.key
        ? first
        : await other(entered, desk, first, client, () =>
            portal.card(entity, recordId, viewer, { ...look, client }),
          );
    const html = renderCardPart({
      locale: pickLocale(session.locale),
      session: { role: session.isAdmin ? "admin" : "user" },
      card,
      entity: { entity, id: recordId },
      size,
    });
    return context.json({ card, html }, 200, commonHeaders);
  });
}

/** Throws AppError `auth.refused` for a client of another record, or one whose card this viewer may not read. */
async function other(
  { session, portal }: Entered,
  desk: Pick<Desk, "cached" | "mayAsk">,
  first: CardDocument,
  key: string,
  read: () => Promise<CardDocument>,
): Promise<CardDocument> {
  const found = first.alternatives.find((one) => one.key === key);
  if (!found) throw new AppError("auth.refused");
  const place = `${session.portal} ${session.userId} ${session.isAdmin} ${key}`;
  const answer = await desk.cached("client_rights", place, RIGHTS_LIFE_MS, async () => {
    if (desk.mayAsk?.(session.portal, `client ${session.userId}`) === false) {
      throw new AppError("host.rate_limited");
    }
    const kind: CardEntity = found.kind;
    return (await portal.canViewerRead(session, kind, found.id)) ? "yes" : "no";
  });
  if (answer !== "yes") throw new AppError("auth.refused");
  return read();
}
