import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../src/runtime/config.ts";
import { type Site, type Sites, startSites } from "../../src/runtime/node/sandbox-sites.ts";
import { startServer } from "../../src/runtime/node/server.ts";
import { demoLog, seedFromLog } from "../../src/sandbox/generator.ts";

const BIN = fileURLToPath(new URL("../../bin/pulse.mjs", import.meta.url));

let folder = "";
let sites: Sites;
let site: Site;
let environment: Record<string, string> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pulse-portals-"));
  sites = await startSites({
    speed: 40,
    seed: 5,
    makeSeed: ({ offsetMinutes, users }) =>
      seedFromLog(demoLog(5, 1), {
        ...{ now: Date.UTC(2026, 10, 24), offsetMinutes, currency: "RUB", users, seed: 1 },
        hasExtras: false,
      }),
  });
  site = sites.sites[1] as Site;
  environment = sites.environment(folder);
  await pulse(["version"]);
}, 120_000);
afterAll(async () => {
  await sites.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line with the server's environment and something on stdin. */
function pulse(args: readonly string[], input = ""): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: { PATH: process.env.PATH ?? "", TZ: "UTC", ...environment },
    });
    const texts = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (chunk) => {
        texts[name] += String(chunk);
      });
    }
    child.on("close", (code) => resolve({ code, ...texts }));
    child.stdin.end(input);
  });
}

async function longLived(): Promise<string> {
  if (site.native.product !== "amocrm") throw new Error("another product");
  return await site.native.portal.longLivedToken(365);
}

describe("pulse portals", () => {
  it("connects the account of a long-lived token, works beside a running server, and shows no secret", async () => {
    const host = new URL(site.portal.origin()).host;
    const token = await longLived();
    expect(await pulse(["portals", "list"])).toMatchObject({ code: 0, stdout: "no portals\n" });
    const added = await pulse(["portals", "add", host], `${token}\n`);
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toContain(`${site.key}  installing`);
    await pulse(["portals", "pause", site.key]);

    const server = await startServer(readConfig(environment), { log: QUIET });
    const calls = site.portal.journal().length;
    const listed = await pulse(["portals", "list", "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ key: site.key, isPaused: true }]);
    expect(site.portal.journal()).toHaveLength(calls);
    const resumed = await pulse(["portals", "resume", site.key]);
    expect([resumed.code, resumed.stdout]).toEqual([0, expect.not.stringContaining("paused")]);
    expect((await pulse(["portals", "resync", site.key])).code).toBe(0);
    const shown = await pulse(["portals", "show", site.key]);
    const isPrepared = async (): Promise<void> => {
      const { stdout } = await pulse(["portals", "show", site.key, "--json"]);
      if (!(JSON.parse(stdout) as { isPrepared: boolean }).isPrepared) await isPrepared();
    };
    const told = async () => {
      await pulse(["portals", "resync", site.key]);
      const { stdout } = await pulse(["portals", "show", site.key, "--json"]);
      return JSON.parse(stdout) as { state: string; endpoint: string };
    };
    // Nothing is missing; then somebody removes the hook: it is told, and nothing is changed at the account.
    const verified = () => pulse(["portals", "verify", site.key, "--json"]);
    const fault = (outcome: Outcome) =>
      (JSON.parse(outcome.stdout) as { name: string; state: string; code: string | null }[])
        .filter(({ state }) => state !== "ok")
        .map(({ name, code }) => `${name} ${code}`);
    await isPrepared();
    const fine = await verified();
    expect([fine.code, fault(fine)]).toEqual([0, []]);
    if (site.native.product === "amocrm") site.native.portal.removeWebhooks();
    const before = site.portal.journal().length;
    const missing = await pulse(["portals", "verify", site.key]);
    expect(missing.code).toBe(1);
    expect(missing.stdout).toMatch(/^wrong {3}hooks: missing; the daily set-up .+$/m);
    expect(missing.stdout).toMatch(/^ok {6}connection$/m);
    const looked = site.portal.journal().slice(before);
    expect(looked.filter(({ call }) => /webhooks/.test(call)).map(({ call }) => call)).toEqual([
      "GET /api/v4/webhooks",
    ]);
    // Such a token finds a renamed account too.
    site.portal.rename("moved");
    while (new URL((await told()).endpoint).origin !== site.portal.origin());
    // The person takes the token back: there is nothing to renew it with.
    site.portal.expireTokens("all");
    while ((await told()).state !== "reconnect");
    const lost = await verified();
    expect([lost.code, fault(lost)]).toEqual([1, ["connection host.token_revoked"]]);
    expect((await pulse(["portals", "verify", "amocrm:1"])).code).toBe(1);
    const tokenCalls = site.portal.journal().filter(({ call }) => call.includes("/oauth2/"));
    expect(tokenCalls).toEqual([]);
    expect(shown.stdout).toMatch(/requests today \d+, limit answers 0, failed 0/);
    const again = await fetch(`${sites.publicUrl}/operator/portals`);
    expect(again.status).toBe(403);
    await server.close();

    expect(await pulse(["portals", "show", "amocrm:1"])).toMatchObject({ code: 1 });
    const said = [added, listed, resumed, shown].map((one) => one.stdout + one.stderr).join("");
    expect(said).not.toContain(token.slice(0, 40));
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const bytes = readFileSync(join(file.parentPath, file.name), "latin1");
      expect(bytes.includes(token.slice(0, 60)), file.name).toBe(false);
    }
  }, 60_000);

  it("finds the account's address by the token alone, and says in one line what was wrong", async () => {
    environment = { ...environment, DATA_DIR: join(folder, "second") };
    const added = await pulse(["portals", "add"], await longLived());
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toContain(site.key);
    const mistakes: [string[], string, number][] = [
      [["portals", "add"], "", 2],
      [["portals", "add"], "one two three", 2],
      [["portals", "add", "evil.example"], "x".repeat(40), 1],
      [["portals", "add", new URL(site.portal.origin()).host], "x".repeat(40), 1],
      [["portals", "drop", "amocrm:1"], "", 2],
      [["portals", "pause"], "", 2],
    ];
    for (const [args, input, code] of mistakes) {
      const outcome = await pulse(args, input);
      expect([args, outcome.code]).toEqual([args, code]);
      expect(outcome.stderr).toMatch(/^pulse: [^\n]+\n$/);
    }
  }, 60_000);
});

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
