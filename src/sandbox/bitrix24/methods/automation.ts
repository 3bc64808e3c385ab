import { isParams } from "../form.ts";
import { itemsOf, nowOf } from "../model.ts";
import { oldError, RestError } from "../rest-error.ts";
import { type Answer, type Call, CRM, either, type Methods, mapParam } from "./method.ts";

/** Robots, the answers they wait for, and triggers. */

const DEAL = 2;
/** Triggers exist for leads, deals, quotes and invoices; contacts and companies have none. */
const TRIGGER_TYPES: readonly number[] = [1, DEAL, 7, 31];

const invalid = (text: string): RestError =>
  new RestError(400, "ERROR_ACTIVITY_VALIDATION_FAILURE", text);

function robotCode(call: Call): string {
  const code = String(call.params.CODE ?? "");
  if (code === "") throw invalid("Empty activity code!");
  if (!/^[a-zA-Z0-9._-]+$/.test(code)) throw invalid("Wrong activity code!");
  return code;
}

function handler(value: unknown): void {
  const text = String(value ?? "");
  if (!URL.canParse(text)) throw new RestError(400, "ERROR_WRONG_HANDLER_URL", "Wrong handler URL");
  if (!/^https?:$/.test(new URL(text).protocol)) {
    throw new RestError(400, "ERROR_UNSUPPORTED_PROTOCOL", "Unsupported handler protocol");
  }
}

/** Keys of properties begin with a letter. */
function checkProperties(value: unknown): void {
  if (value === undefined) return;
  if (!isParams(value)) throw invalid("Wrong properties array!");
  for (const [key, property] of Object.entries(value)) {
    if (!/^[A-Za-z]\w*$/.test(key)) throw invalid(`Wrong property key ${key}!`);
    if (mapParam(property).Name === undefined) throw invalid(`Empty property NAME ${key}!`);
  }
}

function checkRobot(fields: Call["params"]): void {
  handler(fields.HANDLER);
  checkProperties(fields.PROPERTIES);
  checkProperties(fields.RETURN_PROPERTIES);
}

function addRobot(call: Call): Answer {
  const { params, install } = call;
  const code = robotCode(call);
  if (params.NAME === undefined || params.NAME === "") throw invalid("Empty activity NAME!");
  checkRobot(params);
  if (install.robots.some((one) => one.code === code)) {
    const text = "Activity or Robot already installed!";
    throw new RestError(400, "ERROR_ACTIVITY_ALREADY_INSTALLED", text);
  }
  const { auth: _auth, ...fields } = params;
  install.robots.push({ code, fields });
  return { result: true };
}

function updateRobot(call: Call): Answer {
  const { params, install } = call;
  const code = robotCode(call);
  const at = install.robots.findIndex((one) => one.code === code);
  const known = install.robots[at];
  if (known === undefined) throw robotMissing();
  const fields = { ...known.fields, ...mapParam(params.FIELDS) };
  checkRobot(fields);
  install.robots[at] = { code, fields };
  return { result: true };
}

function robotMissing(): RestError {
  return new RestError(400, "ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!");
}

function deleteRobot(call: Call): Answer {
  const code = robotCode(call);
  const at = call.install.robots.findIndex((one) => one.code === code);
  if (at < 0) throw robotMissing();
  call.install.robots.splice(at, 1);
  return { result: true };
}

/** The answer that a robot waits for; its token is good once and not for ever. */
function sendEvent(call: Call): Answer {
  const token = String(either(call.params, "event_token") ?? "");
  const run = call.portal.robotRuns.find((one) => one.token === token);
  const isOpen =
    run !== undefined &&
    run.answer === null &&
    run.install === call.install &&
    run.expiresAt > nowOf(call.world);
  if (!isOpen) throw new RestError(403, "ACCESS_DENIED", "Access denied!");
  run.answer = { ...mapParam(call.params.return_values) };
  call.mark();
  return { result: true };
}

function triggerCode(call: Call): string {
  const code = String(either(call.params, "CODE") ?? "");
  if (code === "") throw oldError("Empty trigger code!");
  if (!/^[a-z0-9._-]+$/.test(code)) throw oldError("Wrong trigger code!");
  return code;
}

function addTrigger(call: Call): Answer {
  const code = triggerCode(call);
  const name = String(either(call.params, "NAME") ?? "");
  if (name === "") throw oldError("Empty trigger name!");
  const { triggers } = call.install;
  const known = triggers.find((one) => one.code === code);
  if (known === undefined) triggers.push({ code, name });
  else known.name = name;
  return { result: true };
}

function executeTrigger(call: Call): Answer {
  const code = triggerCode(call);
  if (!call.install.triggers.some((one) => one.code === code)) {
    throw oldError(`Trigger with code ${code} is not registered.`);
  }
  const ownerTypeId = Number(either(call.params, "OWNER_TYPE_ID"));
  if (!TRIGGER_TYPES.includes(ownerTypeId)) throw oldError("Incorrect parameter OWNER_TYPE_ID.");
  const ownerId = Number(either(call.params, "OWNER_ID"));
  if (itemsOf(call.portal, ownerTypeId)?.get(ownerId) === undefined) {
    throw oldError("Incorrect parameter OWNER_ID.");
  }
  call.portal.triggerRuns.push({ code, ownerTypeId, ownerId });
  call.mark();
  return { result: true };
}

const BIZPROC: readonly string[] = ["bizproc"];

export const automationMethods: Methods = {
  "bizproc.robot.add": { scopes: BIZPROC, cost: "cheap", isAdminOnly: true, run: addRobot },
  "bizproc.robot.update": { scopes: BIZPROC, cost: "cheap", isAdminOnly: true, run: updateRobot },
  "bizproc.robot.delete": { scopes: BIZPROC, cost: "cheap", isAdminOnly: true, run: deleteRobot },
  "bizproc.robot.list": {
    scopes: BIZPROC,
    cost: "cheap",
    isAdminOnly: true,
    run: (call) => ({ result: call.install.robots.map((one) => one.code) }),
  },
  "bizproc.event.send": { scopes: BIZPROC, cost: "write", run: sendEvent },
  "crm.automation.trigger.add": { scopes: CRM, cost: "cheap", isAdminOnly: true, run: addTrigger },
  "crm.automation.trigger.list": {
    scopes: CRM,
    cost: "cheap",
    isAdminOnly: true,
    run: (call) => ({
      result: call.install.triggers.map((one) => ({ NAME: one.name, CODE: one.code })),
    }),
  },
  "crm.automation.trigger.execute": {
    scopes: CRM,
    cost: "write",
    isAdminOnly: true,
    run: executeTrigger,
  },
};
