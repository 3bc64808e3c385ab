import { COMPANY, CONTACT, DEAL } from "./fields.ts";
import {
  type Install,
  itemsOf,
  type Notification,
  nowOf,
  type Portal,
  type RobotRun,
  type TriggerRun,
  userFieldsOf,
  type World,
} from "./model.ts";
import type { CardKind } from "./pages.ts";
import { type RobotStart, startRobot } from "./robots.ts";
import type { TimelineNote, UserField } from "./rows.ts";

/** What applications have written on a portal, seen from inside, and what people do to it. */
export interface WritingControls {
  notifications(): readonly Notification[];
  notes(): readonly TimelineNote[];
  /** Labels of the board: the badge of each open activity that carries one. */
  boardBadges(): readonly BoardBadge[];
  /** A workflow reaches a robot of the application; its run with the answer, once there is one. */
  startRobot(start: RobotStart): RobotRun;
  triggerRuns(): readonly TriggerRun[];
  /** A person closes, changes or deletes an activity or a task. */
  touchTask(id: string, how: "finish" | "rename" | "delete"): void;
  /** A person deletes a field of the records, or an option of a list field. */
  deleteField(kind: CardKind, fieldName: string): void;
  deleteOption(kind: CardKind, fieldName: string, xmlId: string): void;
  /** What a record holds in its user fields; options by their texts. */
  userFields(kind: CardKind, id: string): Readonly<Record<string, unknown>>;
}

interface BoardBadge {
  readonly dealId: string;
  readonly type: string;
  readonly value: string;
}

const TYPE_IDS: Readonly<Record<CardKind, number>> = {
  deal: DEAL,
  contact: CONTACT,
  company: COMPANY,
};

/** What applications have written, and what people do to it. */
export function writingControls(
  world: World,
  portal: Portal,
  installOf: () => Install,
): WritingControls {
  const fieldNamed = (kind: CardKind, name: string) =>
    userFieldsOf(portal, TYPE_IDS[kind]).find((one) => one.fieldName === name);
  return {
    notifications: () => portal.notifications,
    notes: () => [...portal.notes.rows()],
    boardBadges: (): BoardBadge[] =>
      [...portal.activities.rows()].flatMap((one) => {
        const badge = installOf().badges.find(({ code }) => code === one.badgeCode);
        if (badge === undefined || one.isDone || one.ownerTypeId !== DEAL) return [];
        return [{ dealId: String(one.ownerId), type: badge.type, value: badge.value }];
      }),
    startRobot: (start: RobotStart) => startRobot(world, installOf(), start),
    triggerRuns: () => portal.triggerRuns,
    touchTask: (id: string, how: "finish" | "rename" | "delete") => touch(world, portal, id, how),
    deleteField: (kind: CardKind, name: string) => {
      const field = fieldNamed(kind, name);
      if (field !== undefined) portal.userFields.delete(field.id);
    },
    deleteOption: (kind: CardKind, name: string, xmlId: string) => {
      const field = fieldNamed(kind, name);
      if (field === undefined) return;
      field.options = field.options.filter((one) => one.xmlId !== xmlId);
    },
    userFields: (kind: CardKind, id: string) => {
      const item = itemsOf(portal, TYPE_IDS[kind])?.get(Number(id));
      const text = (field: UserField, value: unknown): unknown =>
        field.options.find((one) => one.id === value)?.value ?? value ?? null;
      return Object.fromEntries(
        userFieldsOf(portal, TYPE_IDS[kind]).map((field) => {
          const value = item?.[field.fieldName];
          const shown = Array.isArray(value)
            ? value.map((one) => text(field, one))
            : text(field, value);
          return [field.fieldName, shown];
        }),
      );
    },
  };
}

function touch(world: World, portal: Portal, id: string, how: "finish" | "rename" | "delete") {
  const activity = portal.activities.get(Number(id));
  const task = portal.tasks.get(Number(id));
  if (how === "delete") {
    portal.activities.delete(Number(id));
    portal.tasks.delete(Number(id));
    return;
  }
  if (activity !== undefined) {
    activity.updatedAt = nowOf(world);
    if (how === "finish") activity.isDone = true;
    else activity.subject = `${activity.subject}!`;
  }
  if (task === undefined) return;
  task.changedAt = nowOf(world);
  if (how === "finish") {
    task.status = 5;
    task.closedAt = nowOf(world);
  } else task.title = `${task.title}!`;
}
