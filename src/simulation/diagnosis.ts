import type { World } from "./world.ts";

interface ScanLine {
  readonly job: string;
  readonly entity: string;
  readonly state: string;
  readonly next_at: number;
  readonly started_at: number | null;
  readonly attempts: number;
  readonly last_code: string | null;
}

/** What the portal was about to do when a schedule ended badly: passes, pauses, records to read, its state. */
export function diagnose(world: World): string[] {
  const { sql, clock } = world;
  const seconds = (at: number | null) =>
    at === null ? "-" : `${Math.round((at - clock.now()) / 1000)} s`;
  const portal = sql.get<{ state: string; state_reason: string | null; warnings: string }>(
    "select state, state_reason, warnings from portal",
  );
  const scans = sql.all<ScanLine>("select * from scan where state <> 'done'");
  const pauses = sql.all<{ name: string; until_at: number; reason: string }>("select * from pause");
  const dirty = sql.all<{
    entity: string;
    id: string;
    attempts: number;
    last_code: string | null;
    next_at: number;
  }>("select * from dirty limit 5");
  return [
    `state ${portal?.state} ${portal?.state_reason ?? ""} ${portal?.warnings}`,
    ...scans.map(
      (scan) =>
        `pass ${scan.job} ${scan.entity} ${scan.state}, started ${seconds(scan.started_at)}, next ${seconds(scan.next_at)}, ${scan.attempts} attempts ${scan.last_code ?? ""}`,
    ),
    ...pauses.map(
      (pause) => `pause ${pause.name} until ${seconds(pause.until_at)} ${pause.reason}`,
    ),
    ...dirty.map(
      (row) =>
        `dirty ${row.entity} ${row.id}, next ${seconds(row.next_at)}, ${row.attempts} attempts ${row.last_code ?? ""}`,
    ),
  ];
}
