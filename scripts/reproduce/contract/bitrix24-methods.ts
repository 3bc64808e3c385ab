import { readAnswer } from "../../../src/hosts/bitrix24/api.ts";
import { callBatch } from "../../../src/hosts/bitrix24/batch.ts";
import { eventChanges, placeChanges } from "../../../src/hosts/bitrix24/bindings.ts";
import { judge } from "../../../src/hosts/bitrix24/judge.ts";
import { findTagField, TAG_FIELD } from "../../../src/hosts/bitrix24/tag-field.ts";
import { verify } from "../../../src/hosts/bitrix24/verify.ts";
import { askProfile } from "../../../src/hosts/bitrix24/viewer.ts";
import { ENDPOINT, scriptedLink } from "./bench.ts";
import {
  batchResponse,
  host,
  type Reader,
  readActivities,
  readCategories,
  readItem,
  readItemList,
  readStageEntries,
  readStatuses,
  readUpdate,
  readUsers,
} from "./bitrix24-lists.ts";
import { QUEUE_READERS } from "./bitrix24-queue.ts";
import { SALES_READERS } from "./bitrix24-sales.ts";
import { asFields, asList, type NamedSample, responseOf, resultOf } from "./bitrix24-sample.ts";
import { readSuccess, WRITERS } from "./bitrix24-writers.ts";
import { expectEqual, type Problems } from "./ledger.ts";

/** What the adapter makes of an answer, method by method: every REST method that it calls is named here. */

const SETUP = {
  hookUrl: "https://pulse.example.com/bitrix24/events",
  publicUrl: "https://pulse.example.com",
  locale: "ru",
  userId: "1",
};

const readProfile: Reader = async (sample) => {
  const transport = async () => responseOf(sample);
  const profile = await askProfile({ transport }, { endpoint: ENDPOINT, accessToken: "token" });
  const raw = asFields(resultOf(sample));
  return [
    ...expectEqual("userId", profile.userId, raw.ID),
    ...expectEqual("isAdmin", profile.isAdmin, raw.ADMIN),
  ];
};

/** Whoever is no administrator is told that rights are missing. */
const readAdmin: Reader = async (sample) => {
  const rightsBy = async (result: unknown) => {
    const link = scriptedLink(host, [batchResponse({ p5: result })]);
    return (await verify(link, SETUP)).find(({ name }) => name === "rights")?.code;
  };
  return [
    ...expectEqual("administrator", await rightsBy(resultOf(sample)), null),
    ...expectEqual("nobody", await rightsBy(false), "not_administrator"),
  ];
};

/** The account is read from three methods in one request. */
const readAccount: Reader = async (_sample, all) => {
  const result = (method: string) => {
    const found = all.find((one) => one.method === method);
    return found ? resultOf(found) : undefined;
  };
  const app = asFields(result("app.info"));
  const parts = { p0: result("profile"), p1: app, p2: result("crm.currency.base.get") };
  const account = await host.check(scriptedLink(host, [batchResponse(parts)]));
  return [
    ...expectEqual("currency", account.currency, parts.p2),
    ...expectEqual("locale", account.locale, app.LANGUAGE_ID),
    ...expectEqual("isPaid", account.isPaid, app.PAYMENT_EXPIRED === "N"),
    ...expectEqual("timeZone", account.timeZone, "Etc/GMT-3"),
  ];
};

/** Bindings of the sample are another application's addresses: all are to be removed, by the names they have. */
const readEvents: Reader = async (sample) => {
  const changes = eventChanges(SETUP, resultOf(sample));
  const removed = changes.filter(({ method }) => method === "event.unbind");
  const raw = asList(resultOf(sample)).map(asFields);
  return expectEqual(
    "event.unbind",
    removed.map(({ params }) => [params.event, params.handler, params.auth_type]),
    raw.map((row) => [row.event, row.handler, row.auth_type]),
  );
};

const readPlacements: Reader = async (sample) => {
  const changes = placeChanges(SETUP, resultOf(sample));
  const removed = changes.filter(({ method }) => method === "placement.unbind");
  const raw = asList(resultOf(sample)).map(asFields);
  return expectEqual(
    "placement.unbind",
    removed.map(({ params }) => [params.PLACEMENT, params.HANDLER]),
    distinct(raw.map((row) => [row.placement, row.handler])),
  );
};

/** Unbinding takes all of the same away. */
function distinct(rows: readonly unknown[]): readonly unknown[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}

/** No field of the sample is ours; a multiple list of the sample under our name is. */
const readUserFields: Reader = async (sample) => {
  const rows = asList(resultOf(sample)).map(asFields);
  const choice = rows.find((row) => row.USER_TYPE_ID === "enumeration" && row.MULTIPLE === "Y");
  const other = rows.find((row) => row.USER_TYPE_ID !== "enumeration");
  const options = asList(choice?.LIST).map((option, at) => ({
    ...asFields(option),
    XML_ID: `pulse:code${at}`,
  }));
  const ours = choice ? { ...choice, FIELD_NAME: TAG_FIELD, LIST: options } : undefined;
  const found = findTagField([...rows, ...(ours ? [ours] : [])]);
  const field = typeof found === "object" ? found : null;
  const foreign = findTagField([{ ...other, FIELD_NAME: TAG_FIELD }]);
  return [
    ...expectEqual("not ours", findTagField(rows), null),
    ...expectEqual("ours", field?.fieldId ?? null, choice?.ID ?? null),
    ...expectEqual("options", field?.options.size ?? 0, options.length),
    ...expectEqual("of another type", foreign, other ? "foreign" : null),
  ];
};

/** Commands keep their place; a result under no command's name is nobody's. */
const readBatch: Reader = async (sample) => {
  if (sample.api === "v3") return readSuccess(sample, []);
  const names = Object.keys(asFields(asFields(sample.request).cmd));
  const body = asFields(resultOf(sample));
  const renamed = (part: unknown) => {
    const entries = names.flatMap((name, at): [string, unknown][] =>
      name in asFields(part) ? [[`p${at}`, asFields(part)[name]]] : [],
    );
    return entries.length === 0 ? [] : Object.fromEntries(entries);
  };
  const result = Object.fromEntries(
    Object.entries(body).map(([key, part]) => [key, renamed(part)]),
  );
  const answer = {
    ...responseOf(sample),
    text: JSON.stringify({ ...asFields(sample.response), result }),
  };
  const commands = names.map(() => ({ method: "crm.deal.list", params: {} }));
  const { outcomes } = await callBatch(scriptedLink(host, [answer]), commands, { halt: false });
  const expected = names.map((name) => {
    if (name in asFields(body.result_error)) return "failed";
    return name in asFields(body.result) ? "ok" : "skipped";
  });
  const errors = names.map((name) => asFields(asFields(body.result_error)[name]).error);
  const seen = outcomes.map((one) =>
    one.kind === "failed" ? one.failure.details.hostError : undefined,
  );
  return [
    ...expectEqual(
      "outcomes",
      outcomes.map(({ kind }) => kind),
      expected,
    ),
    ...expectEqual(
      "errors",
      seen,
      errors.map((error) => (error === undefined ? undefined : String(error).toLowerCase())),
    ),
  ];
};

export const READERS: Readonly<Record<string, Reader>> = {
  ...WRITERS,
  batch: readBatch,
  profile: readProfile,
  "app.info": readAccount,
  "crm.currency.base.get": readAccount,
  ...SALES_READERS,
  ...QUEUE_READERS,
  "crm.item.list": readItemList,
  "crm.item.get": readItem,
  "crm.item.update": readUpdate,
  "crm.stagehistory.list": readStageEntries,
  "crm.activity.list": readActivities,
  "crm.category.list": readCategories,
  "crm.status.list": readStatuses,
  "user.get": readUsers,
  "user.admin": readAdmin,
  "event.get": readEvents,
  "event.bind": readSuccess,
  "event.unbind": readSuccess,
  "placement.get": readPlacements,
  "placement.bind": readSuccess,
  "placement.unbind": readSuccess,
  "crm.company.userfield.list": readUserFields,
  "crm.contact.userfield.list": readUserFields,
  "crm.company.userfield.add": readSuccess,
  "crm.contact.userfield.add": readSuccess,
  "crm.company.userfield.update": readSuccess,
  "crm.contact.userfield.update": readSuccess,
};

/** These pages show the inside of the answer without its envelope; a reader can only refuse that, in our own words. */
const WITHOUT_ENVELOPE = /^crm\.activity\.layout\.blocks\./;

/** The layer that every answer goes through. */
export function readEnvelope(sample: NamedSample): Problems {
  const response = responseOf(sample);
  const verdict = expectEqual("judge", judge(response).kind, "ok");
  if (WITHOUT_ENVELOPE.test(sample.method ?? "")) {
    return [...verdict, ...refusalProblems(() => readAnswer(response, ENDPOINT))];
  }
  const answer = readAnswer(response, ENDPOINT);
  const body = asFields(sample.response);
  const time = asFields(body.time);
  const begin = typeof time.date_start === "string" ? Date.parse(time.date_start) : null;
  return [
    ...verdict,
    ...expectEqual("result", answer.result, body.result),
    ...expectEqual("total", answer.total, body.total ?? null),
    ...expectEqual("next", answer.next, body.next ?? null),
    ...expectEqual("time", answer.time.hostNow, begin),
    ...expectEqual("operating", answer.time.operating, time.operating ?? null),
  ];
}

function refusalProblems(run: () => unknown): Problems {
  try {
    run();
    return ["an answer without a result was read as one"];
  } catch (thrown) {
    const name = thrown instanceof Error ? thrown.name : "";
    return expectEqual("refusal", name, "AppError");
  }
}
