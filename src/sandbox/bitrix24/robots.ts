import type { Params } from "./form.ts";
import { authOf, sendForm } from "./hooks.ts";
import { hex, type Install, nowOf, type RobotRun, type World } from "./model.ts";
import type { CardKind } from "./pages.ts";

/** How long the portal keeps a workflow waiting for an answer. */
const WAIT_MS = 24 * 3_600_000;

const DOCUMENTS: Readonly<Record<CardKind, readonly [string, string]>> = {
  deal: ["CCrmDocumentDeal", "DEAL"],
  contact: ["CCrmDocumentContact", "CONTACT"],
  company: ["CCrmDocumentCompany", "COMPANY"],
};

/** What stands in the workflow beside the record. */
export interface RobotStart {
  readonly code: string;
  readonly kind: CardKind;
  readonly id: string;
  readonly properties?: Params;
}

/** A workflow of the portal reaches a robot of the application: the post goes out, the workflow waits. */
export function startRobot(world: World, install: Install, start: RobotStart): RobotRun {
  const robot = install.robots.find((one) => one.code === start.code);
  if (robot === undefined) throw new Error(`no robot ${start.code} on ${install.portal.name}`);
  const [model, word] = DOCUMENTS[start.kind];
  const workflow = `${hex(world, 7)}.${hex(world, 4)}`;
  const run: RobotRun = {
    token: `${workflow}|A${hex(world, 3)}|${hex(world, 16)}.${hex(world, 16)}`,
    install,
    code: start.code,
    document: `${word}_${start.id}`,
    expiresAt: nowOf(world) + WAIT_MS,
    answer: null,
  };
  install.portal.robotRuns.push(run);
  const fields: Params = {
    workflow_id: workflow,
    code: start.code,
    document_id: ["crm", model, run.document],
    document_type: ["crm", model, word],
    event_token: run.token,
    properties: start.properties ?? {},
    use_subscription: String(robot.fields.USE_SUBSCRIPTION ?? "Y"),
    timeout_duration: "0",
    ts: Math.floor(nowOf(world) / 1000),
    // No person is behind a robot: the post carries no token.
    auth: authOf(world, install, 0, "access"),
  };
  sendForm(world, install.portal, "robot", { url: String(robot.fields.HANDLER), fields });
  return run;
}
