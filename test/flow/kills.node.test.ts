import { beforeAll, describe, expect, it } from "vitest";
import { buildApp } from "../support/kills/app-process.ts";
import { killUnderHooks } from "../support/kills/hook-kills.ts";
import { killOutbox } from "../support/kills/outbox-kills.ts";
import { killRebuild } from "../support/kills/rebuild-kills.ts";
import { killFirstSync } from "../support/kills/sync-kills.ts";

const LIMIT_MS = 120_000;

/** The app as a real process under SIGKILL; the CRMs' sandboxes live here and see what it asks for. */
describe.each(["bitrix24", "amocrm"] as const)("an app of %s that is killed", (product) => {
  beforeAll(() => {
    buildApp();
  }, LIMIT_MS);

  it(
    "goes on with its first sync where it was and ends with the CRM's truth",
    async () => {
      const result = await killFirstSync({ product, seed: 7, clients: 400, kills: 4 });
      expect(result.violations).toEqual([]);
      expect(result.kills).toBe(4);
    },
    LIMIT_MS,
  );

  it(
    "has every event that it answered with 200, and its mirror catches up",
    async () => {
      const result = await killUnderHooks({ product, seed: 7, clients: 100, kills: 3 });
      expect(result.violations).toEqual([]);
      expect(result.answered).toBeGreaterThan(0);
      expect(result.kills).toBe(3);
    },
    LIMIT_MS,
  );

  it(
    "loses no more than the rebuild that was running, and makes that again",
    async () => {
      const result = await killRebuild({ product, seed: 7, clients: 100, kills: 3 });
      expect(result.violations).toEqual([]);
      expect(result.partly).toBeGreaterThan(0);
      expect(result.kills).toBe(3);
    },
    LIMIT_MS,
  );

  it(
    "creates every approved task once and sets every label",
    async () => {
      const result = await killOutbox({ product, seed: 7, clients: 250, kills: 3 });
      expect(result.violations).toEqual([]);
      expect(result.tasks).toBeGreaterThan(0);
      expect(result.marks).toBeGreaterThan(0);
      expect(result.kills).toBe(3);
    },
    LIMIT_MS,
  );
});
