import type { Desk, Door, DoorCall, DoorReply } from "../../crm/door.ts";
import type { HostConfig } from "../../crm/host.ts";
import { originOrNull } from "./place.ts";

/** Our script that speaks with `script.js` around the frame. */
const ISLAND = "amocrm-frame";

/** The frames that `script.js` puts into the CRM's page. A ticket is all they come with: no cookies, no token in sight. */
export function frameDoors(config: HostConfig): readonly Door[] {
  return (["card", "app"] as const).map((place) => ({
    method: "GET",
    path: `/amocrm/${place}`,
    maxBodyBytes: 0,
    handle: (call, desk) => openFrame(place, call, desk, config),
  }));
}

async function openFrame(
  place: "card" | "app",
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
): Promise<DoorReply> {
  const ticket = call.url.searchParams.get("ticket") ?? "";
  const draft = ticket.length <= 512 && ticket !== "" ? await desk.redeemTicket(ticket) : null;
  if (draft === null || draft.place !== place) return openAgain(call, config);
  const viewer = { userId: draft.userId, isAdmin: draft.isAdmin, accessToken: null };
  return {
    kind: "page",
    page: {
      place,
      portal: draft.portal,
      viewer,
      locale: draft.locale,
      frameOrigin: draft.frameOrigin,
      island: ISLAND,
      ...(draft.entity !== null && draft.id !== null
        ? { entity: { entity: draft.entity, id: draft.id } }
        : {}),
      // A ticket for a card that its viewer may not read carries no record.
      ...(place === "card" ? { canRead: draft.entity !== null } : {}),
      ...(draft.isFull ? { size: "full" as const, canClose: true } : {}),
    },
  };
}

/** Says nothing about anybody, so any account's page may frame it: the one that says it is asking. */
function openAgain(call: DoorCall, config: HostConfig): DoorReply {
  const referrer = /^https?:\/\/[^/]+/.exec(call.headers.referer ?? "")?.[0];
  const frameOrigin = originOrNull(referrer, config);
  const locale = /^en\b/i.test(call.headers["accept-language"] ?? "") ? "en" : "ru";
  return {
    kind: "page",
    page: {
      place: "message",
      portal: null,
      viewer: null,
      locale,
      frameOrigin,
      island: frameOrigin === null ? null : ISLAND,
      message: "open_again",
    },
  };
}
