import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Random, Vault } from "../../src/crm/ports.ts";
import { makeJsonLog } from "../../src/runtime/json-log.ts";
import { openSqlite } from "../../src/runtime/node/sqlite.ts";
import { makeVault } from "../../src/runtime/vault.ts";
import { SIMULATED_PRODUCTS } from "../../src/simulation/site.ts";
import { amocrmSession, api, get, openApp, openCard, postForm } from "./browser.ts";
import { agree, comeBack } from "./consent.ts";
import { forgeInstallation } from "./crm-side.ts";
import { type Flow, makeFlow } from "./flow-world.ts";
import { postHook } from "./hook-post.ts";
import { settle } from "./node-flow.ts";
import { work } from "./people.ts";

const MASTER_KEY = Uint8Array.from({ length: 32 }, (_, at) => (at * 37 + 11) & 255);

/** Where something may have leaked to, as text by the name of the place. */
type Places = Map<string, string>;

/** Names of the places that hold one of these texts, in any spelling that a URL or JSON makes of it. */
function leaks(places: Places, texts: Iterable<string>): string[] {
  const found: string[] = [];
  for (const text of new Set(texts)) {
    if (text.length < 6) continue;
    const spellings = [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
    for (const [place, content] of places) {
      if (spellings.some((one) => content.includes(one))) found.push(`${place}: ${text}`);
    }
  }
  return found;
}

function readFolder(folder: string): Places {
  return new Map(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

/** The real vault, which also tells what was given to it to keep. */
function listeningVault(random: Random, secrets: Set<string>): Vault {
  const vault = makeVault([{ id: "k1", bytes: MASTER_KEY }], random);
  return {
    seal(plain, place) {
      secrets.add(plain);
      return vault.seal(plain, place);
    },
    open: vault.open,
  };
}

/** The same flow; every answer's text and headers are kept. */
function recorded(flow: Flow, answers: Places): Flow {
  return {
    ...flow,
    async ask(path, init) {
      const response = await flow.ask(path, init);
      const text = `${await response.clone().text()}\n${JSON.stringify([...response.headers])}`;
      answers.set(`answer ${answers.size} to ${new URL(path, "https://x").pathname}`, text);
      return response;
    },
  };
}

/** What people and strangers do with an app in its life; tokens that pass by are noted. */
async function live(flow: Flow, secrets: Set<string>): Promise<void> {
  const { crm } = flow;
  const [canary = ""] = crm.canaries();
  await forgeInstallation(flow);
  const returning = await agree(flow);
  secrets.add(returning.url.searchParams.get("code") ?? "");
  await comeBack(flow, returning.url, returning.cookie);
  await openInstaller(flow, secrets);
  await flow.installAndSync();

  const deal = crm.truth().deals[0]?.id ?? "";
  for (const user of [0, 1, 2]) {
    await openCard(flow, "deal", deal, user);
    await openApp(flow, user);
  }
  const { session } = await openApp(flow);
  const drafted = await api(flow, session, "/api/playbooks/at_risk/dry-run", "POST");
  const { runId } = drafted.body as { runId: string };
  await api(flow, session, `/api/runs/${runId}/approve`, "POST");
  await flow.pass(5);
  await api(flow, session, `/api/runs/${runId}`);
  await api(flow, session, "/api/overview");
  expect(crm.tasks().length).toBeGreaterThan(0);

  crm.expireTokens("access");
  await work(flow, 24, 5);
  await postHook(flow, { extra: `&x[name]=${encodeURIComponent(canary)}&y=%zz` });
  await get(flow, `/api/card?entity=deal&id=${encodeURIComponent(canary)}`);
  await get(flow, `/${encodeURIComponent(canary)}`);
  // The CRM fails and says in its answer whose record it was.
  const body = `<h1>${canary}</h1>{"error":"${canary}","error_description":"${canary} ${deal}"}`;
  for (const status of [400, 404, 500]) {
    crm.addFault({ match: "", times: 2, fault: { kind: "status", status, body } });
    await work(flow, 3, status);
    await openCard(flow, "deal", deal);
  }
  crm.clearFaults();
  await flow.pass(30);
  await flow.run(crm.uninstall({ erase: false }));
}

/** The tokens that the CRM gives to people's browsers. */
async function openInstaller(flow: Flow, secrets: Set<string>): Promise<void> {
  const { native } = flow.world.site;
  if (native.product === "bitrix24") {
    const post = native.portal.openPage("install");
    for (const [name, value] of new URLSearchParams(post.body)) {
      if (/_ID$|TOKEN$/.test(name)) secrets.add(value);
    }
    await postForm(flow, post.url, post.body);
    return;
  }
  secrets.add(await flow.run(native.portal.disposableToken()));
  await amocrmSession(flow, { place: "app" });
}

it.each(SIMULATED_PRODUCTS)(
  "no name, phone, mail, token or secret of %s is kept, logged or shown",
  async (product) => {
    const folder = mkdtempSync(join(tmpdir(), "pulse-canaries-"));
    const file = openSqlite(join(folder, "portal.sqlite"));
    const lines: string[] = [];
    const secrets = new Set<string>();
    let round = 0;
    const random = {
      next: () => 0.5,
      bytes(length: number) {
        round += 1;
        return new Uint8Array(length).fill(round);
      },
    };
    const inner = makeFlow(product, {
      sql: file.sql,
      settle,
      vault: listeningVault(random, secrets),
      log: makeJsonLog(
        (line) => lines.push(line),
        "debug",
        () => 0,
      ),
    });
    const answers: Places = new Map();
    try {
      await live(recorded(inner, answers), secrets);
      for (const { clientSecret } of inner.world.site.config.registrations)
        secrets.add(clientSecret);
      secrets.add(Buffer.from(MASTER_KEY).toString("hex"));
      secrets.add(Buffer.from(MASTER_KEY).toString("base64"));
      const open = readFolder(folder);
      inner.close();
      file.close();
      const places: Places = new Map([
        ...open,
        ...[...readFolder(folder)].map(([name, text]) => [`closed ${name}`, text] as const),
        ...answers,
        ["log", lines.join("\n")],
      ]);
      expect(open.has("portal.sqlite-wal")).toBe(true);
      expect(lines.length).toBeGreaterThan(20);
      expect(secrets.size).toBeGreaterThan(6);
      expect(leaks(places, inner.crm.canaries())).toEqual([]);
      expect(leaks(places, secrets)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

it("the search finds a text in a database's log and in its file", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulse-canaries-"));
  try {
    const { sql, close } = openSqlite(join(folder, "portal.sqlite"));
    sql.run("create table thing (text text not null) strict");
    sql.run("insert into thing values (?)", "Канарейкинская 7");
    expect(leaks(readFolder(folder), ["Канарейкинская"])).toHaveLength(1);
    close();
    writeFileSync(join(folder, "log"), "x=%D0%9A%D0%B0%D0%BD%D0%B0%D1%80%D0%B5%D0%B9");
    expect(leaks(readFolder(folder), ["Канарейкинская", "Канарей"])).toEqual([
      "portal.sqlite: Канарейкинская",
      "log: Канарей",
      "portal.sqlite: Канарей",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
