import type { Edit } from "../../../src/sandbox/contract.ts";
import { openStand, randomTrap, type Stand, type StandOptions, until } from "./stand.ts";
import { untilSynced } from "./sync-kills.ts";

export interface HookKills {
  readonly kills: number;
  /** Events answered with 200, and what the app's database says it accepted. */
  readonly answered: number;
  readonly stored: number;
  readonly violations: readonly string[];
}

/** People work while the app dies: some edits happen while it is down, and their events are lost. */
const EDITS_WHILE_DOWN = 3;
/** Slow enough for a busy machine: a host that gets no answers in time stops sending. */
const MOST_EDITS_A_KILL = 100;
const BETWEEN_EDITS_MS = 30;
const LAST_WORK_MS = 10_000;

/** Kills the app while edits raise events, then checks that nothing answered is missing and that the mirror catches up. */
export async function killUnderHooks(
  options: StandOptions & { readonly kills: number },
): Promise<HookKills> {
  const stand = await openStand(options);
  const violations: string[] = [];
  try {
    await stand.app.start();
    await stand.site.portal.install();
    await untilSynced(stand);
    for (let kill = 0; kill < options.kills; kill += 1) {
      await editUntilDead(stand);
      if (storedEvents(stand) < stand.accepted()) {
        violations.push(`${stand.accepted()} events answered, ${storedEvents(stand)} stored`);
      }
      for (let edit = 0; edit < EDITS_WHILE_DOWN; edit += 1) makeEdit(stand);
      await stand.app.start();
    }
    await converge(stand);
    const [answered, stored] = [stand.accepted(), storedEvents(stand)];
    if (stored < answered) violations.push(`${answered} events answered, ${stored} stored`);
    const { kills } = options;
    return { kills, answered, stored, violations: [...violations, ...stand.violations()] };
  } finally {
    await stand.close();
  }
}

/** Half of the deaths at the very moment of a 200, the others somewhere in the reading that follows. */
async function editUntilDead(stand: Stand): Promise<void> {
  const { random } = stand;
  const death =
    random() < 0.5
      ? stand.killAfterAccepted(1 + Math.floor(random() * 12))
      : stand.tap.set(randomTrap(random, 3));
  let isDead = false;
  const dead = death.then(() => {
    isDead = true;
  });
  for (let edit = 0; edit < MOST_EDITS_A_KILL && !isDead; edit += 1) {
    makeEdit(stand);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_EDITS_MS));
  }
  // Enough has changed; the reading that follows may still spring the trap.
  const endsAt = performance.now() + LAST_WORK_MS;
  await until("the kill", () => isDead || performance.now() > endsAt);
  if (!isDead && stand.disarm()) await stand.app.kill();
  else await dead;
}

/** The mirror is read while the app works; deletions that nobody told us of are found by the daily search, made due. */
async function converge(stand: Stand): Promise<void> {
  await stand.app.kill();
  stand.change("update scan set next_at = 0 where job in ('poll', 'ids') and state = 'waiting'");
  await stand.app.start();
  await stand.site.portal.flushHooks();
  await until(
    "the mirror",
    () => stand.mirrorDiffers() === null,
    () => [
      stand.mirrorDiffers(),
      stand.rows("select * from scan"),
      stand.rows("select * from dirty"),
    ],
  );
  await stand.app.kill();
}

function storedEvents(stand: Stand): number {
  const [row] = stand.rows<{ value: number }>(
    "select value from counter where name = 'hooks.accepted'",
  );
  return row?.value ?? 0;
}

function makeEdit({ site, random }: Stand): void {
  const { deals, clients } = site.portal.truth();
  const pick = <T>(rows: readonly T[]): T => {
    const row = rows[Math.floor(random() * rows.length)];
    if (row === undefined) throw new Error("an empty CRM");
    return row;
  };
  const client = pick(clients);
  const dealId = pick(deals).id;
  const ref = { clientId: client.id, clientKind: client.kind };
  const amountMinor = Math.round(random() * 1_000) * 100;
  const edits: readonly Edit[] = [
    { kind: "createDeal", ...ref, amountMinor },
    { kind: "winDeal", dealId },
    { kind: "loseDeal", dealId },
    { kind: "reopenDeal", dealId },
    { kind: "setAmount", dealId, amountMinor },
    { kind: "setClient", dealId, ...ref },
    { kind: "createClient", clientKind: client.kind },
    { kind: "addActivity", ...ref, activity: "call" },
    { kind: "deleteDeal", dealId },
  ];
  site.portal.edit(pick(edits), random() < 0.2 ? -1 : 0);
}
