import { callMethod } from "../../../src/hosts/bitrix24/api.ts";
import { START, scriptedLink } from "./bench.ts";
import { host, type Reader } from "./bitrix24-lists.ts";
import { asFields, asList, responseOf, resultOf } from "./bitrix24-sample.ts";
import { expectEqual } from "./ledger.ts";

/** What the adapter makes of the answers to its writes besides labels. */

const CLIENT = { kind: "company", id: "1" } as const;
const TASK = {
  actionKey: "win-back:1",
  client: CLIENT,
  dealId: "1",
  responsibleId: "5",
  title: "Call",
  text: "",
  due: START,
};
const NOTE = { actionKey: "win-back:1", client: CLIENT, title: "Test title", text: "Test note" };

/** Methods whose answer the adapter only needs to know as a success. */
export const readSuccess: Reader = async (sample) => {
  const link = scriptedLink(host, [responseOf(sample)]);
  const answer = await callMethod(link, sample.method ?? "", {});
  return expectEqual("result", answer.result, resultOf(sample));
};

export const readTodo: Reader = async (sample) => {
  const link = scriptedLink(host, [responseOf(sample)]);
  const created = await host.tasks?.create(link, TASK);
  return expectEqual("taskId", created?.taskId, String(asFields(resultOf(sample)).id));
};

const readTask: Reader = async (sample) => {
  if (sample.api === "v3") return readSuccess(sample, []);
  const link = scriptedLink(host, [responseOf(sample)]);
  const created = await host.tasks?.create(link, { ...TASK, kind: "task" });
  const { id } = asFields(asFields(resultOf(sample)).task);
  return expectEqual("taskId", created?.taskId, `t${String(id)}`);
};

const readNote: Reader = async (sample) => {
  const link = scriptedLink(host, [responseOf(sample)]);
  const written = await host.notes?.create(link, NOTE);
  const { id } = asFields(asFields(resultOf(sample)).logMessage);
  return expectEqual("id", written?.id, String(id));
};

const readNotes: Reader = async (sample) => {
  const link = scriptedLink(host, [responseOf(sample)]);
  const wanted = asList(resultOf(sample)).map(asFields).at(-1);
  const found = await host.notes?.find?.(link, NOTE, 0);
  return expectEqual("id", found?.id, String(wanted?.id));
};

const readFlag: Reader = async (sample) => {
  const link = scriptedLink(host, [responseOf(sample)]);
  const { actionKey, responsibleId, title, text, due } = TASK;
  const draft = { actionKey, responsibleId, title, text, due, dealId: "1", level: "risk" } as const;
  const written = await host.flags?.create(link, draft);
  const { id } = asFields(asFields(resultOf(sample)).activity);
  return expectEqual("id", written?.id, String(id));
};

const readNotice: Reader = async (sample) => {
  const link = scriptedLink(host, [responseOf(sample)]);
  const draft = { actionKey: "win-back:1", userId: "5", tag: "t", text: "Call", about: null };
  const written = await host.notices?.create(link, draft);
  return expectEqual("id", written?.id, String(resultOf(sample)));
};

export const WRITERS: Readonly<Record<string, Reader>> = {
  "app.info": readSuccess,
  "crm.activity.todo.add": readTodo,
  "crm.activity.delete": readSuccess,
  "tasks.task.add": readTask,
  "tasks.task.list": readSuccess,
  "tasks.task.get": readSuccess,
  "tasks.task.delete": readSuccess,
  "crm.timeline.logmessage.add": readNote,
  "crm.timeline.logmessage.list": readNotes,
  "crm.timeline.logmessage.get": readSuccess,
  "crm.timeline.logmessage.delete": readSuccess,
  "crm.activity.configurable.add": readFlag,
  "crm.activity.badge.add": readSuccess,
  "crm.activity.badge.list": readSuccess,
  "im.notify.system.add": readNotice,
  "crm.automation.trigger.add": readSuccess,
  "crm.automation.trigger.list": readSuccess,
  "crm.automation.trigger.execute": readSuccess,
  "bizproc.robot.add": readSuccess,
  "bizproc.robot.update": readSuccess,
  "bizproc.robot.list": readSuccess,
  "bizproc.event.send": readSuccess,
  "userfieldtype.add": readSuccess,
  "userfieldtype.update": readSuccess,
  "userfieldtype.list": readSuccess,
  "crm.deal.userfield.list": readSuccess,
  "crm.deal.userfield.add": readSuccess,
};
