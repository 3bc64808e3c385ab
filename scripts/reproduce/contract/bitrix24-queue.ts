import { changeQueue } from "../../../src/hosts/bitrix24/change-queue.ts";
import { hasQueue, readFeatures } from "../../../src/hosts/bitrix24/connector.ts";
import { eventMeaning } from "../../../src/hosts/bitrix24/events.ts";
import { scriptedLink } from "./bench.ts";
import { batchResponse, host, type Reader } from "./bitrix24-lists.ts";
import { asFields, asList, type Fields, resultOf } from "./bitrix24-sample.ts";
import { expectEqual } from "./ledger.ts";

/** What the adapter makes of the portal's queue of changes. */

function hintsOf(rows: readonly Fields[]) {
  return rows.map((row) => ({
    ...eventMeaning(String(row.EVENT_NAME), null),
    id: String(asFields(asFields(row.EVENT_DATA).FIELDS).ID ?? ""),
  }));
}

const readPart: Reader = async (sample) => {
  const result = asFields(resultOf(sample));
  const rows = asList(result.events).map(asFields);
  const link = scriptedLink(host, [batchResponse({ p0: [], p1: result })]);
  const taken = await changeQueue.take(link, { isBehind: false });
  const process = result.process_id ?? "";
  const ticket = [{ process, ids: rows.map((row) => row.ID) }];
  return [
    ...expectEqual("hints", taken.hints, hintsOf(rows)),
    ...expectEqual("ticket", JSON.parse(taken.ticket ?? "[]"), ticket),
    ...expectEqual("isMore", taken.isMore, false),
  ];
};

/** Only what somebody has taken and never confirmed concerns us there. */
const readQueue: Reader = async (sample) => {
  const rows = asList(resultOf(sample)).map(asFields);
  const left = rows.map((row) => ({ ...row, PROCESS_ID: "p" }));
  const none = { process_id: null, events: [] };
  const take = (listed: readonly Fields[]) =>
    changeQueue.take(scriptedLink(host, [batchResponse({ p0: listed, p1: none })]), {
      isBehind: false,
    });
  return [
    ...expectEqual("free", (await take(rows)).ticket, null),
    ...expectEqual("left", (await take(left)).hints, hintsOf(rows)),
  ];
};

/** Confirmed by the ids that the ticket names. */
const readClear: Reader = async (sample) => {
  const { process_id: process, id } = asFields(sample.request);
  const link = scriptedLink(host, [batchResponse({ p0: resultOf(sample) })]);
  const ids = asList(id).map(String);
  await changeQueue.confirm(link, JSON.stringify([{ process, ids }]));
  const sent = asFields(asFields(JSON.parse(link.sent[0]?.body ?? "{}")).cmd);
  const query = ids.map((one, at) => `&id%5B${at}%5D=${one}`).join("");
  return expectEqual("sent", sent.p0, `event.offline.clear?process_id=${String(process)}${query}`);
};

const readFeature: Reader = async (sample) => {
  const answer = { kind: "ok", result: resultOf(sample), total: null } as const;
  const isGiven = asFields(resultOf(sample)).value === "Y";
  return expectEqual("queue", hasQueue(readFeatures(answer, answer)), isGiven);
};

export const QUEUE_READERS: Readonly<Record<string, Reader>> = {
  "event.offline.get": readPart,
  "event.offline.list": readQueue,
  "event.offline.clear": readClear,
  "feature.get": readFeature,
};
