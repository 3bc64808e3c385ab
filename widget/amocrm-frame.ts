import {
  allowedOrigins,
  type ClientKey,
  isRenewed,
  type PulseFrame,
  type RenewedSession,
} from "./frame.ts";

/**
 * Frame protocol of our own `script.js` in the amoCRM card: objects with a `type`, to and from the one origin that the
 * ticket of this page was made for.
 */

const REPLY_TIMEOUT_MS = 10_000;

const origin = allowedOrigins()[0] ?? "";

interface Reply {
  readonly type: string;
  readonly [field: string]: unknown;
}

const waiting = new Map<string, Set<(reply: Reply) => void>>();

function send(message: { readonly type: string; readonly [field: string]: unknown }): void {
  window.parent.postMessage(message, origin);
}

function onMessage(event: MessageEvent<unknown>): void {
  if (event.origin !== origin || event.source !== window.parent) return;
  const data = event.data as Partial<Reply> | null;
  if (typeof data !== "object" || data === null || typeof data.type !== "string") return;
  const listeners = waiting.get(data.type);
  waiting.delete(data.type);
  for (const listener of listeners ?? []) listener(data as Reply);
}

/** The next message of this type, or null when none came in time. */
function next(type: string): Promise<Reply | null> {
  return new Promise((resolve) => {
    const listeners = waiting.get(type) ?? new Set();
    waiting.set(type, listeners);
    listeners.add(resolve);
    setTimeout(() => {
      listeners.delete(resolve);
      resolve(null);
    }, REPLY_TIMEOUT_MS);
  });
}

async function renew(): Promise<RenewedSession | null> {
  const answer = next("pulse:session");
  send({ type: "pulse:refresh" });
  const reply = await answer;
  return isRenewed(reply) ? reply : null;
}

/** The card page of the CRM reads names with the viewer's own rights. */
async function names(clients: readonly ClientKey[]): Promise<ReadonlyMap<string, string>> {
  const answer = next("pulse:names");
  send({ type: "pulse:names", clients });
  const found = (await answer)?.names;
  if (typeof found !== "object" || found === null) return new Map();
  return new Map(
    Object.entries(found).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  );
}

if (origin !== "" && window.parent !== window) {
  window.addEventListener("message", onMessage);
  const frame: PulseFrame = {
    renew,
    names,
    openFull: ({ entity, id }) => send({ type: "pulse:open", entity, id }),
    close: () => send({ type: "pulse:close" }),
    resize: (height) => send({ type: "pulse:resize", height }),
    reload: () => send({ type: "pulse:refresh", reload: true }),
  };
  window.pulseFrame = frame;
  // The script around us shows plain text to whoever gets no frame: it has to know that there is one.
  send({ type: "pulse:hello" });
}
