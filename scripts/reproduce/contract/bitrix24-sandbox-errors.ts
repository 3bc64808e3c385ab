import { type Answered, makeRoom, type Room } from "./bitrix24-room.ts";
import { asFields, type NamedSample } from "./bitrix24-sample.ts";
import { expectEqual, type Ledger, type Problems } from "./ledger.ts";
import { compareShapes } from "./shape.ts";

/** How each of the system's errors is caused in the sandbox: status, code and form have to be the documented ones. */
const CAUSES: Readonly<Record<string, () => Promise<Answered>>> = {
  NO_AUTH_FOUND: () => makeRoom().send("/rest/profile", {}),
  invalid_token: () => makeRoom().send("/rest/profile", { auth: "unknown" }),
  expired_token: () => expired(),
  insufficient_scope: () => makeRoom({ scopes: ["placement"] }).call("crm.deal.list"),
  ERROR_METHOD_NOT_FOUND: () => makeRoom().call("no.such.method"),
  // Both refusals come for one command, inside an answer that is a success.
  ERROR_BATCH_LENGTH_EXCEEDED: () =>
    inBatch(
      Array.from({ length: 51 }, () => "profile").map((name, at) => [`c${at}`, name]),
      400,
    ),
  ERROR_BATCH_METHOD_NOT_ALLOWED: () => inBatch([["c", "batch?cmd[a]=profile"]], 405),
  OPERATION_TIME_LIMIT: () => overTime(),
  QUERY_LIMIT_EXCEEDED: () => hurried(),
  OVERLOAD_LIMIT: () => blocked("overload"),
  PORTAL_DELETED: () => blocked("deleted"),
  ACCESS_DENIED: () => blocked("plan"),
};

/** The command's own error; a command has no status, so the documented one is taken over. */
async function inBatch(
  commands: readonly (readonly string[])[],
  status: number,
): Promise<Answered> {
  const answer = await makeRoom().call("batch", { cmd: Object.fromEntries(commands) });
  const errors = asFields(asFields(answer.body.result).result_error);
  return { status, body: asFields(Object.values(errors)[0]) };
}

async function expired(): Promise<Answered> {
  const room = makeRoom();
  const auth = room.page().get("AUTH_ID");
  room.clock.move(2 * 3_600_000);
  return room.send("/rest/profile", { auth });
}

async function blocked(block: Parameters<Room["portal"]["setBlock"]>[0]): Promise<Answered> {
  const room = makeRoom();
  const auth = room.page().get("AUTH_ID");
  room.portal.setBlock(block);
  return room.send("/rest/profile", { auth });
}

async function overTime(): Promise<Answered> {
  const room = makeRoom({ options: { operatingLimitSeconds: 0.1 } });
  await room.call("crm.deal.list");
  return room.call("crm.deal.list");
}

/** The room itself pauses between calls, so the clock is moved back. */
async function hurried(): Promise<Answered> {
  const room = makeRoom();
  const auth = room.page().get("AUTH_ID");
  for (let call = 0; call < 60; call += 1) {
    room.clock.move(-1_000);
    const answer = await room.send("/rest/profile", { auth });
    if (answer.status !== 200) return answer;
  }
  throw new Error("sixty calls at once were not too many");
}

export async function checkSandboxErrors(
  ledger: Ledger,
  all: readonly NamedSample[],
): Promise<void> {
  for (const sample of all) {
    if (sample.kind !== "error") continue;
    const error = asFields(sample.response).error;
    const cause = typeof error === "string" ? CAUSES[error] : undefined;
    if (!cause) continue;
    const place = { group: "errors", sample: sample.id, kind: "sandbox" };
    await ledger.check(place, () => errorProblems(sample, cause));
  }
}

async function errorProblems(
  sample: NamedSample,
  cause: () => Promise<Answered>,
): Promise<Problems> {
  const { status, body } = await cause();
  return [
    ...expectEqual("status", status, sample.http_status),
    ...expectEqual("error", body.error, asFields(sample.response).error),
    ...compareShapes(sample.response, body),
  ];
}
