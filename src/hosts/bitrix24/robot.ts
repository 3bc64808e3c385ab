import type { Desk, DoorReply } from "../../crm/door.ts";
import type { AutomationAnswer, AutomationQuestion, HostAnswers } from "../../crm/host-writes.ts";
import { callMethod, type Params } from "./api.ts";
import type { Command } from "./batch.ts";
import { type FormMap, formText } from "./form.ts";
import { memberKey } from "./oauth.ts";
import { toId, toList, toNumber, toText } from "./values.ts";

/** The robot "segment and health of the client": the workflow waits while we look, and gets values back. */

const ROBOT = "pulse_client";
/** Nobody documents how long a workflow waits when it names no time of its own. */
const WAIT_MS = 24 * 3_600_000;
const TOKEN_CHARS = 1_000;

const DOCUMENTS = { DEAL: "deal", CONTACT: "contact", COMPANY: "company" } as const;

const NAMES: Readonly<
  Record<keyof AutomationAnswer, { readonly ru: string; readonly en: string }>
> = {
  segment: { ru: "Сегмент (код)", en: "Segment (code)" },
  segmentName: { ru: "Сегмент", en: "Segment" },
  lifecycle: { ru: "Состояние клиента (код)", en: "Lifecycle (code)" },
  band: { ru: "Здоровье: good, watch, risk", en: "Health: good, watch, risk" },
  score: { ru: "Здоровье, 0–100", en: "Health, 0–100" },
  churnPercent: { ru: "Вероятность ухода, %", en: "Chance of leaving, %" },
  daysSinceLast: { ru: "Дней с последней покупки", en: "Days since the last purchase" },
  purchases: { ru: "Покупок всего", en: "Purchases so far" },
};

/** Commands that register the robot, when `bizproc.robot.list` does not name it. */
export function robotChanges(
  setup: { readonly publicUrl: string; readonly locale: string; readonly userId: string },
  listed: unknown,
  knownAddress: string | undefined,
): readonly Command[] {
  const isKnown = toList(listed).some((code) => toText(code)?.toLowerCase() === ROBOT);
  const fields: Params = {
    HANDLER: `${setup.publicUrl}/bitrix24/robot`,
    AUTH_USER_ID: setup.userId,
    USE_SUBSCRIPTION: "Y",
    NAME:
      setup.locale === "ru"
        ? "Пульс: сегмент и здоровье клиента"
        : "Pulse: segment and health of the client",
    RETURN_PROPERTIES: Object.fromEntries(
      Object.entries(NAMES).map(([code, { ru, en }]) => [
        code,
        { Name: setup.locale === "ru" ? ru : en, Type: "string", Multiple: "N", Default: "" },
      ]),
    ),
    FILTER: {
      INCLUDE: [
        ["crm", "CCrmDocumentDeal"],
        ["crm", "CCrmDocumentContact"],
        ["crm", "CCrmDocumentCompany"],
      ],
    },
  };
  // The list names codes only, so the address that we registered is remembered.
  if (isKnown && knownAddress === setup.publicUrl) return [];
  return isKnown
    ? [{ method: "bizproc.robot.update", params: { CODE: ROBOT, FIELDS: fields } }]
    : [{ method: "bizproc.robot.add", params: { CODE: ROBOT, ...fields } }];
}

export const ROBOT_LIST: Command = { method: "bizproc.robot.list", params: {} };

export const answers: HostAnswers = {
  async send(link, token, answer) {
    await callMethod(link, "bizproc.event.send", {
      event_token: token,
      return_values: { ...answer },
    });
  },
};

/**
 * A post of the portal's automation: kept, answered 200, and answered for good by the next tick. Whoever knows the secret
 * and whoever does not hear the same.
 */
export async function handleRobot(form: FormMap, desk: Desk): Promise<DoorReply> {
  const key = memberKey(formText(form, "auth", "member_id"));
  const secret = formText(form, "auth", "application_token") ?? "";
  const question = readQuestion(form, desk.clock.now());
  if (key !== null && question !== null) {
    await desk.receive({ candidates: [key], secret, hints: [], questions: [question] });
  }
  return { kind: "empty", status: 200 };
}

function readQuestion(form: FormMap, now: number): AutomationQuestion | null {
  const token = formText(form, "event_token");
  const document = /^(DEAL|CONTACT|COMPANY)_(\d+)$/.exec(formText(form, "document_id", "2") ?? "");
  const id = toId(document?.[2]);
  const kind = document?.[1] as keyof typeof DOCUMENTS | undefined;
  if (!token || token.length > TOKEN_CHARS || !kind || id === null) return null;
  const seconds = toNumber(formText(form, "timeout_duration")) ?? 0;
  const waitMs = seconds > 0 ? Math.min(seconds * 1000, WAIT_MS) : WAIT_MS;
  return { entity: DOCUMENTS[kind], id, token, expiresAt: now + waitMs };
}
