import type { Adapt } from "./bitrix24-requests.ts";
import type { Room } from "./bitrix24-room.ts";
import { asFields, type Fields } from "./bitrix24-sample.ts";

/** What the samples of automation and of the timeline speak about is made first. */

const ROBOT = {
  HANDLER: "https://pulse.example.com/bitrix24/robot",
  NAME: "Robot",
  USE_SUBSCRIPTION: "Y",
  FILTER: { INCLUDE: [["crm", "CCrmDocumentDeal"]] },
};

const withRobot: Adapt = async (request, room) => {
  await room.result("bizproc.robot.add", { CODE: request.CODE ?? "test_robot", ...ROBOT });
  return request;
};

const withTrigger: Adapt = async (request, room) => {
  await room.result("crm.automation.trigger.add", {
    CODE: request.CODE ?? "trigger1",
    NAME: "Trigger",
  });
  return request.OWNER_ID === undefined ? request : { ...request, OWNER_ID: room.ids.deal };
};

export const AUTOMATION_REQUESTS: Readonly<Record<string, Adapt>> = {
  "bizproc.event.send": async (request, room) => {
    await room.result("bizproc.robot.add", { CODE: "waiting", ...ROBOT });
    const start = { code: "waiting", kind: "deal", id: String(room.ids.deal) } as const;
    return { ...request, event_token: room.portal.startRobot(start).token };
  },
  "bizproc.robot.list": withRobot,
  "bizproc.robot.update": withRobot,
  "bizproc.robot.delete": withRobot,
  "crm.automation.trigger.execute": withTrigger,
  "crm.automation.trigger.list": withTrigger,
};

async function addMessage(room: Room): Promise<unknown> {
  const fields = {
    entityTypeId: 2,
    entityId: room.ids.deal,
    title: "Test title",
    text: "Test note",
    iconCode: "info",
  };
  const added = asFields(await room.result("crm.timeline.logmessage.add", { fields }));
  return asFields(added.logMessage).id;
}

const withMessage: Adapt = async (request, room) => ({ ...request, id: await addMessage(room) });

const BADGE = { code: "CUSTOM", title: "Call Status", value: "Missed", type: "failure" };

/** The page's own text of an activity, on a deal that is there. */
function onDeal(request: Fields, room: Room): Fields {
  const fields = { ...asFields(request.fields), deadline: "2026-12-31T10:00:00+03:00" };
  return { ...request, ownerTypeId: 2, ownerId: room.ids.deal, fields };
}

export const TIMELINE_REQUESTS: Readonly<Record<string, Adapt>> = {
  "crm.timeline.logmessage.get": withMessage,
  "crm.timeline.logmessage.delete": withMessage,
  "crm.timeline.logmessage.list": async (request, room) => {
    await addMessage(room);
    return { ...request, entityTypeId: 2, entityId: room.ids.deal };
  },
  "crm.activity.badge.list": async (request, room) => {
    await room.result("crm.activity.badge.add", BADGE);
    return request;
  },
  "crm.activity.configurable.add": async (request, room) => {
    await room.result("crm.activity.badge.add", BADGE);
    return onDeal(request, room);
  },
  "crm.activity.configurable.get": async (request, room, sample) => {
    const result = asFields(asFields(sample.response).result);
    const { layout } = asFields(result.activity);
    const draft = { fields: { typeId: "CONFIGURABLE", responsibleId: 1 }, layout };
    const added = asFields(await room.result("crm.activity.configurable.add", onDeal(draft, room)));
    return { ...request, id: asFields(added.activity).id };
  },
  "crm.activity.delete": async (_request, room) => {
    const todo = { ownerTypeId: 2, ownerId: room.ids.deal, deadline: "2026-12-31T10:00:00+03:00" };
    const added = asFields(await room.result("crm.activity.todo.add", { ...todo, title: "Call" }));
    return { id: added.id };
  },
};
