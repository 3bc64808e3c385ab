import { CATALOGUE } from "../../../src/sandbox/bitrix24/execute.ts";
import { adapterOf } from "./bitrix24-requests.ts";
import { makeRoom } from "./bitrix24-room.ts";
import { asFields, type NamedSample } from "./bitrix24-sample.ts";
import { checkSandboxErrors } from "./bitrix24-sandbox-errors.ts";
import { checkSandboxPosts } from "./bitrix24-sandbox-posts.ts";
import type { Ledger, Problems } from "./ledger.ts";
import { compareShapes } from "./shape.ts";

/** The sandbox against the samples: for every method that it serves the same keys and types, not the same values. */

/** Lower case, as the vendor compares them. */
export function servedMethods(): ReadonlySet<string> {
  return new Set([...CATALOGUE.keys(), "batch"]);
}

/** Samples that a seeded portal cannot be asked for, with the reason. */
export function reasonToSkip(sample: NamedSample): string | null {
  if (sample.api === "v3") return "REST 3.0 is not served";
  const typeId = asFields(sample.request).entityTypeId;
  const isOwnKind = typeof typeId === "number" && typeId > 1000;
  const isFragment = isOwnKind && sample.variant !== undefined;
  return isFragment ? "fields of a smart process, which no seeded portal has" : null;
}

const NOT_SERVED =
  "details of tasks that the sandbox does not keep: our application makes to-dos, not tasks";
const ODD_RESET = "ISO text on this page only; unix seconds everywhere else";
const OWN_ANSWER = "the command's own answer, compared under its method";
const TEST_EVENT = "false is for test events without data";

/** Paths that are not compared, with the reason. */
const FREE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  batch: {
    "result.result.get_user": OWN_ANSWER,
    "result.result.get_department": OWN_ANSWER,
  },
  "crm.activity.configurable.add": { "result.time": "printed inside the result on this page only" },
  "crm.activity.list": { "time.operating_reset_at": ODD_RESET },
  "crm.item.fields": {
    "result.fields.xmlId": "smart processes only",
    "result.fields.contacts": "smart processes only",
    "result.fields.previousStageId": "smart processes only",
    "result.fields.mycompanyId": "smart processes only",
  },
  "event.offline.get": {
    "result.events[].EVENT_DATA": TEST_EVENT,
    "result.events[].EVENT_ADDITIONAL": TEST_EVENT,
  },
  "event.offline.list": {
    "result[].EVENT_DATA": TEST_EVENT,
    "result[].EVENT_ADDITIONAL": TEST_EVENT,
  },
  "crm.lead.get": { "result.IM": "messengers come from chats, which the sandbox does not keep" },
  "tasks.task.get": {
    "result.task.ufTaskWebdavFiles": NOT_SERVED,
    "result.task.ufMailMessage": NOT_SERVED,
  },
  "tasks.task.list": Object.fromEntries(
    [
      ...["priority", "mark", "lengthDeadline", "auditors", "auditorsData", "taskRequireResult"],
      ...["taskHasOpenResult", "taskHasResult", "timeElapsed", "timerIsRunningForCurrentUser"],
      ...["parsedDescription", "counter", "tags"],
    ].map((name) => [`result.tasks[].${name}`, NOT_SERVED]),
  ),
};

export function isFreePath(method: string): (path: string) => boolean {
  const paths = FREE[method] ?? {};
  return (path) => path in paths;
}

export async function checkBitrix24Sandbox(
  ledger: Ledger,
  all: readonly NamedSample[],
): Promise<void> {
  const served = servedMethods();
  for (const sample of all) {
    const method = sample.method ?? "";
    if (sample.kind !== "method" || !served.has(method.toLowerCase())) continue;
    const reason = reasonToSkip(sample);
    if (reason !== null) {
      ledger.note(method, `${sample.id}: ${reason}`);
      continue;
    }
    const place = { group: method, sample: sample.id, kind: "sandbox" };
    await ledger.check(place, () => methodShapeProblems(sample));
  }
  await checkSandboxErrors(ledger, all);
  await checkSandboxPosts(ledger, all);
}

export async function methodShapeProblems(sample: NamedSample): Promise<Problems> {
  const room = makeRoom();
  const method = sample.method ?? "";
  const request = await adapterOf(method)(asFields(sample.request), room, sample);
  const { status, body } = await room.call(method, request);
  if (status !== 200) return [`${status} ${JSON.stringify(body).slice(0, 200)}`];
  return compareShapes(sample.response, body, isFreePath(method));
}
