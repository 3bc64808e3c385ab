import type { Desk, TicketDraft } from "../crm/door.ts";
import { AppError } from "../crm/error.ts";
import type { HostConfig } from "../crm/host.ts";
import { parsePortalKey } from "../crm/portal-key.ts";
import type { Clock, Log, Random, Transport, Vault } from "../crm/ports.ts";
import { plainCard } from "../pages/card-plain.ts";
import { makeAskGate } from "./ask-gate.ts";
import { sha256Hex, toHex } from "./digest.ts";
import type { Errands } from "./errands.ts";
import { findLivePortal } from "./live-portal.ts";
import type { OnceStore, Portals } from "./ports.ts";
import { isRegionAllowed } from "./region.ts";
import type { Sessions } from "./sessions.ts";

const TICKET_LIFE_MS = 60_000;
const TICKET_BYTES = 32;
const CACHE_LIMIT = 5_000;

export interface DeskParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly transport: Transport;
  readonly config: HostConfig;
  readonly region: "ru" | "other" | null;
  readonly portals: Portals;
  readonly once: OnceStore;
  readonly errands: Errands;
  readonly vault: Vault;
  readonly sessions: Sessions;
}

/** What the doors of all hosts may ask of the application. */
export function makeDesk(parts: DeskParts): Desk {
  const { clock, random, log, transport, config, portals, once, sessions } = parts;
  const hashes = makeHashCache();
  const desk: Desk = {
    clock,
    random,
    log,
    transport,
    registration: (product) =>
      config.registrations.find((entry) => entry.product === product) ?? null,
    async install(grant, options) {
      if (!isRegionAllowed(grant, parts.region)) {
        throw new AppError("portal.wrong_region");
      }
      const portal = await portals.open(parsePortalKey(grant.key).key);
      await portal.install(grant, options);
      log.info("portal.installed", { portal: grant.key, finished: options.isFinished });
      portals.wake(grant.key);
    },
    async confirmInstalled(key) {
      await (await portals.find(key))?.confirmInstalled();
      portals.wake(key);
    },
    async uninstall(key, options) {
      await (await portals.find(key))?.uninstall(options);
      portals.wake(key);
    },
    async receive(delivery) {
      const secretHash = delivery.secret === null ? null : await hashes(delivery.secret);
      for (const key of delivery.candidates) {
        const portal = await portals.find(key);
        const outcome = await portal?.receive({
          secretHash,
          hints: delivery.hints,
          isUnreadable: delivery.isUnreadable ?? false,
          hasQueued: delivery.hasQueued ?? false,
          questions: delivery.questions ?? [],
        });
        if (outcome === "stored") {
          portals.wake(key);
          return "stored";
        }
      }
      log.warn("hook.refused", { candidates: delivery.candidates.length });
      return "refused";
    },
    async secretMatches(key, secret) {
      const portal = await portals.find(key);
      return (await portal?.secretMatches(await sha256Hex(secret))) ?? false;
    },
    async address(key) {
      const summary = await (await portals.find(key))?.summary();
      if (!summary) return null;
      const { endpoint, state, isFinished, installerId } = summary;
      return { endpoint, state, isFinished, installerId };
    },
    async setUpAgain(key, options) {
      await (await portals.find(key))?.setUpAgain(options);
      portals.wake(key);
    },
    ownRegistration: async (key) => (await (await portals.find(key))?.registration()) ?? null,
    async lookAgain(key) {
      await (await portals.find(key))?.lookAgain();
      portals.wake(key);
    },
    async canViewerRead(key, viewer, entity, id) {
      const portal = await portals.find(key);
      if (!portal) throw new AppError("portal.unknown");
      return portal.canViewerRead(viewer, entity, id);
    },
    async plainCard(key, viewer, subject, locale) {
      const portal = await findLivePortal(portals, key);
      if (!portal) throw new AppError("portal.unknown");
      const { entity, id } = subject ?? { entity: "deal" as const, id: "0" };
      const rights = { canRead: subject !== null, isAdmin: viewer.isAdmin };
      return plainCard(await portal.card(entity, id, rights), locale);
    },
    ...makeAskGate(clock),
    openSession: (draft) => sessions.open(draft),
    ...makeTickets(once, clock, random),
    remember: (kind, value, data, ttlMs) => once.put(kind, value, data, clock.now() + ttlMs),
    recall: (kind, value) => once.take(kind, value),
    seal: (plain, place) => parts.vault.seal(plain, `desk/${place}`),
    unseal: (sealed, place) => parts.vault.open(sealed, `desk/${place}`),
    cached: makeCache(clock),
    later: (kind, id, data, ttlMs) => parts.errands.add(kind, id, data, ttlMs, desk),
  };
  return desk;
}

function makeTickets(
  once: OnceStore,
  clock: Clock,
  random: Random,
): Pick<Desk, "issueTicket" | "redeemTicket"> {
  return {
    async issueTicket(draft) {
      const ticket = toHex(random.bytes(TICKET_BYTES));
      await once.put("ticket", ticket, JSON.stringify(draft), clock.now() + TICKET_LIFE_MS);
      return ticket;
    },
    async redeemTicket(ticket) {
      const data = await once.take("ticket", ticket);
      return data === null ? null : (JSON.parse(data) as TicketDraft);
    },
  };
}

/** The same few secrets come with every hook, and each hash is a way to another thread and back. */
function makeHashCache(): (secret: string) => Promise<string> {
  const known = new Map<string, string>();
  return async (secret) => {
    const found = known.get(secret);
    if (found !== undefined) return found;
    const hash = await sha256Hex(secret);
    if (known.size >= CACHE_LIMIT) known.clear();
    known.set(secret, hash);
    return hash;
  };
}

/** In memory, bounded, keyed by portal through the caller's key. Failures are not kept. */
function makeCache(clock: Clock): Desk["cached"] {
  const entries = new Map<string, { readonly value: string; readonly until: number }>();
  return async (kind, key, ttlMs, load) => {
    const place = `${kind}\n${key}`;
    const known = entries.get(place);
    if (known && known.until > clock.now()) return known.value;
    const value = await load();
    if (entries.size >= CACHE_LIMIT) {
      const oldest = entries.keys().next();
      if (!oldest.done) entries.delete(oldest.value);
    }
    entries.delete(place);
    entries.set(place, { value, until: clock.now() + ttlMs });
    return value;
  };
}
