import { describe, expect, it } from "vitest";
import { type CardDocument, cardDocument } from "../../src/crm/card.ts";
import { type OverviewDocument, overviewDocument } from "../../src/crm/overview.ts";
import { kpiGoals } from "../../src/crm/overview-kpis.ts";
import { segmentPreview, segmentsDocument } from "../../src/crm/segmentation.ts";
import { spendRefusal, spendTable } from "../../src/crm/spend.ts";
import { checkMirror } from "../../src/simulation/oracles.ts";
import { SIMULATED_PRODUCTS } from "../../src/simulation/site.ts";
import { api, get, type OpenedPage, openApp, openCard } from "./browser.ts";
import { agree, comeBack } from "./consent.ts";
import { callsOfApp, forgeInstallation, registered, writesOfApp } from "./crm-side.ts";
import { buyerOf, cardOf, dealWhere, isSold, soldDeal } from "./deals.ts";
import { type Flow, type FlowPorts, makeFlow } from "./flow-world.ts";
import { removal, writes } from "./writes-and-removal.ts";

/** Runs the body with an empty database, on the platform under test. */
export type WithPorts = (body: (ports: FlowPorts) => Promise<void>) => Promise<void>;

/** The colleague who may see only their own records. */
const COLLEAGUE = 2;

/** What the product does for its users, from installation to removal; the same list on every platform. */
export function flowSuite(withPorts: WithPorts): void {
  describe.each(SIMULATED_PRODUCTS)("the flow on %s", (product) => {
    const fresh = (body: (flow: Flow) => Promise<void>) =>
      withPorts(async (ports) => {
        const flow = makeFlow(product, ports);
        try {
          await body(flow);
        } finally {
          flow.close();
        }
      });
    const installed = (body: (flow: Flow) => Promise<void>) =>
      fresh(async (flow) => {
        await flow.installAndSync();
        await body(flow);
      });

    it("a forged installation changes nothing", () => fresh(forgedInstallation));
    it("a person connects through the consent page, in one browser and once", () => fresh(consent));
    it("installing registers hooks, places and fields once", () => installed(registration));
    it("the first sync mirrors the CRM without one limit error", () => installed(firstSync));
    it("a change in the CRM reaches the client's card at once", () => installed(changeInCrm));
    it("the card opens inside the CRM with its document and its headers", () => installed(card));
    it("a colleague without right to the deal gets no sums", () => installed(noRight));
    it("the overview is for administrators", () => installed(overview));
    it("a dry run writes nothing, an approval writes each change once", () => installed(writes));
    it("tokens that die on the way are renewed", () => fresh(tokensDie));
    it("an administrator renews a dead connection", () => installed(reconnection));
    it("an uninstallation stops everything", () => installed(removal));
  });
}

async function forgedInstallation(flow: Flow): Promise<void> {
  const statuses = await forgeInstallation(flow);
  // A call of amoCRM's server is answered before anybody knows what its code is worth.
  const unread = flow.product === "amocrm" ? [200] : [];
  const isRefusal = (status: number) => (status >= 400 && status < 500) || unread.includes(status);
  expect(statuses.every(isRefusal)).toBe(true);
  await flow.pass(5);
  expect(await flow.portal().summary()).toBeNull();
  expect(writesOfApp(flow)).toEqual([]);
}

async function consent(flow: Flow): Promise<void> {
  const stolen = await agree(flow);
  expect(stolen.setCookie).toMatch(/^__Host-.*; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
  expect((await comeBack(flow, stolen.url, null)).status).toBe(403);
  // The value was spent by the first try.
  await comeBack(flow, stolen.url, stolen.cookie);
  expect(await flow.portal().summary()).toBeNull();

  const { url, cookie } = await agree(flow);
  const page = await comeBack(flow, url, cookie);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  await flow.pass(5);
  expect(await flow.portal().summary()).toMatchObject({ key: flow.key, state: "active" });
  expect(checkMirror(flow.world)).toEqual([]);

  const refreshed = flow.sent.length;
  await comeBack(flow, url, cookie);
  expect(flow.sent).toHaveLength(refreshed);
}

async function registration(flow: Flow): Promise<void> {
  const summary = await flow.portal().summary();
  expect(summary).toMatchObject({ key: flow.key, state: "active", isFinished: true, warnings: [] });
  const first = await registered(flow);
  expect(first.hooks.length).toBeGreaterThan(0);
  if (flow.product === "bitrix24") {
    expect(first.places).toHaveLength(5);
    // Labels, segment and score on companies and contacts, the strip in both cards (and in the deal's).
    expect(first.fields).toHaveLength(8);
  } else {
    expect(first.hooks).toHaveLength(1);
    expect(first.hooks[0]).toMatch(/\/amocrm\/events\/[\w-]{16,}$/);
  }
  expect(new Set(first.hooks).size).toBe(first.hooks.length);
  // Another installation looks at everything again.
  await flow.run(flow.crm.install());
  await flow.pass(3);
  expect(await registered(flow)).toEqual(first);
}

async function firstSync(flow: Flow): Promise<void> {
  const { deals, clients } = flow.crm.truth();
  expect(deals).toHaveLength(200);
  expect(clients).toHaveLength(60);
  expect(checkMirror(flow.world)).toEqual([]);
  const limits = callsOfApp(flow).filter(({ status }) => [403, 429, 503].includes(status));
  expect(limits).toEqual([]);
  const sold = deals.filter(isSold);
  expect(await flow.portal().totals()).toMatchObject({
    purchases: sold.length,
    revenueMinor: sold.reduce((sum, deal) => sum + (deal.amountMinor ?? 0), 0),
  });
}

async function changeInCrm(flow: Flow): Promise<void> {
  const deal = soldDeal(flow);
  const before = await cardOf(flow, deal.id);
  const total = before.worth?.totalMinor ?? Number.NaN;
  flow.crm.edit({
    kind: "setAmount",
    dealId: deal.id,
    amountMinor: (deal.amountMinor ?? 0) + 1_230_000,
  });
  await flow.pass(0.2);
  const after = await cardOf(flow, deal.id);
  expect(after.worth?.totalMinor).toBe(total + 1_230_000);
  expect(checkMirror(flow.world)).toEqual([]);

  const { clientId, clientKind } = buyerOf(deal);
  const dealId = flow.crm.edit({ kind: "createDeal", clientId, clientKind, amountMinor: 500_000 });
  flow.crm.edit({ kind: "winDeal", dealId });
  await flow.pass(0.3);
  const bought = await cardOf(flow, dealId);
  expect(bought.client).toEqual(after.client);
  expect(bought.worth?.totalMinor).toBe(total + 1_730_000);

  flow.crm.edit({ kind: "deleteDeal", dealId });
  await flow.pass(0.3);
  expect((await cardOf(flow, deal.id)).worth?.totalMinor).toBe(total + 1_230_000);
  expect(checkMirror(flow.world)).toEqual([]);
}

async function card(flow: Flow): Promise<void> {
  const deal = soldDeal(flow);
  const page = await openCard(flow, "deal", deal.id);
  expect(page.status).toBe(200);
  const document = cardDocument.parse(page.block("pulse-card"));
  const { clientId, clientKind } = buyerOf(deal);
  expect(document.client).toEqual({
    kind: clientKind,
    id: clientId,
    key: `${clientKind}:${clientId}`,
  });
  expect(document.worth?.currency).toBe("RUB");
  expectPageHeaders(flow, page);

  const again = await api(flow, page.session, `/api/card?entity=deal&id=${deal.id}`);
  expect(again.status).toBe(200);
  expect(cardDocument.parse(again.body).worth).toEqual(document.worth);
  // The session proves the record that the page stands in, and nothing else.
  const other = flow.crm.truth().deals.find(({ id }) => id !== deal.id);
  const foreign = await api(flow, page.session, `/api/card?entity=deal&id=${other?.id}`);
  expect(foreign).toMatchObject({ status: 403, body: { code: "auth.refused" } });

  const client = await openCard(flow, clientKind, clientId);
  expect(cardDocument.parse(client.block("pulse-card")).client).toEqual(document.client);
  if (flow.product === "amocrm") {
    const spent = await get(flow, page.path);
    expect(spent.block("pulse-card")).toBeNull();
    expect(spent.session).toBeNull();
  }
}

/** Only the CRM's own address may frame the page, and only scripts of this answer run. */
function expectPageHeaders(flow: Flow, page: OpenedPage): void {
  expect(page.directive("frame-ancestors")).toBe(flow.crm.origin());
  const nonce = /^'nonce-([0-9a-f]{32})'$/.exec(page.directive("script-src"))?.[1];
  expect(nonce).toBeDefined();
  const scripts = page.html.match(/<script(?![^>]*application\/json)[^>]*>/g) ?? [];
  expect(scripts.length).toBeGreaterThan(1);
  for (const script of scripts) expect(script).toContain(`nonce="${nonce}"`);
  expect(page.directive("default-src")).toBe("'none'");
  expect(page.headers.get("cache-control")).toBe("no-store");
  expect(page.headers.get("x-frame-options")).toBeNull();
}

async function noRight(flow: Flow): Promise<void> {
  const colleague = flow.crm.users[COLLEAGUE]?.id;
  const own = await dealWhere(flow, (owner) => owner === colleague);
  const foreign = await dealWhere(flow, (owner) => owner !== colleague);
  const admin = await cardOf(flow, foreign);
  expect(admin.worth).not.toBeNull();

  const page = await openCard(flow, "deal", foreign, COLLEAGUE);
  const document = page.block("pulse-card") as CardDocument | null;
  expect(document?.flags).toContain("no_permission");
  expect(document?.worth ?? null).toBeNull();
  expect(document?.client ?? null).toBeNull();
  expect(document?.spark ?? []).toEqual([]);
  expect(page.html).not.toMatch(/₽|RUB/);
  const asked = await api(flow, page.session, `/api/card?entity=deal&id=${foreign}`);
  expect(asked.status).toBeGreaterThanOrEqual(401);
  expect(asked.body).not.toHaveProperty("worth");

  const mine = await openCard(flow, "deal", own, COLLEAGUE);
  expect(cardDocument.parse(mine.block("pulse-card")).flags).not.toContain("no_permission");
}

async function overview(flow: Flow): Promise<void> {
  const page = await openApp(flow);
  expect(page.status).toBe(200);
  expectPageHeaders(flow, page);
  const answer = await api(flow, page.session, "/api/overview");
  const document = overviewDocument.parse(answer.body);
  const sold = flow.crm.truth().deals.filter(isSold);
  expect(document).toMatchObject({
    portalState: "active",
    currency: "RUB",
    purchases: sold.length,
    revenueMinor: sold.reduce((sum, deal) => sum + (deal.amountMinor ?? 0), 0),
  });
  expect(document.sync.phase).toBe("done");
  const segments = await api(flow, page.session, "/api/segments");
  const { segmentation } = segmentsDocument.parse(segments.body);
  expect(segmentation?.clients).toBe(document.clients);
  const rule = { code: "everybody", when: { fact: "purchases", from: 1 } };
  const preview = await api(flow, page.session, "/api/segments/preview", "POST", rule);
  expect(segmentPreview.parse(preview.body).count).toMatchObject({
    base: document.clients,
    matched: document.clients,
    moneyMinor: document.revenueMinor,
  });
  const wish = { code: "repeat_purchase_rate", dueOn: "2100-01-01", change: 0.2 };
  const set = await api(flow, page.session, "/api/goals", "POST", wish);
  expect(kpiGoals.parse(set.body).goals.map(({ code }) => code)).toEqual([wish.code]);
  const off = await api(flow, page.session, `/api/goals/${wish.code}/remove`, "POST");
  expect(kpiGoals.parse(off.body).goals).toEqual([]);
  await costs(flow, page.session, document);

  const colleague = await openApp(flow, 1);
  expect(colleague.html).not.toMatch(/₽|RUB/);
  for (const path of ["/api/overview", "/api/sync"]) {
    const refused = await api(flow, colleague.session, path);
    expect(refused).toMatchObject({ status: 403, body: { code: "auth.not_admin" } });
  }
}

/** An administrator says what acquisition costs, the figures follow at once, and it is all taken back. */
async function costs(flow: Flow, session: string | null, before: OverviewDocument): Promise<void> {
  const figure = async (code: string) => {
    const document = overviewDocument.parse((await api(flow, session, "/api/overview")).body);
    return document.kpis.find((kpi) => kpi.code === code);
  };
  const month = before.months.find(({ newClients }) => newClients > 0)?.month ?? "";
  const newClients = before.months.find((row) => row.month === month)?.newClients ?? 0;
  expect(await figure("cac_full")).toMatchObject({ value: null, note: "no_spend" });
  const text = `month;channel;amount\n${month};Ads;${newClients * 300}`;
  const saved = await api(flow, session, "/api/spend", "PUT", { version: 0, text });
  expect(spendTable.parse(saved.body).rows).toHaveLength(1);
  expect(await figure("cac_full")).toMatchObject({ value: 30_000, population: newClients });
  const late = await api(flow, session, "/api/spend", "PUT", { version: 0, rows: [] });
  expect(late).toMatchObject({ status: 409, body: { code: "settings.conflict" } });
  const bad = `${text}\n${month};Ads;lots`;
  const named = await api(flow, session, "/api/spend", "PUT", { text: bad });
  expect(named.status).toBe(400);
  expect(spendRefusal.parse(named.body).problems).toEqual([{ line: 3, reason: "amount" }]);
  const table = await api(flow, session, "/api/spend");
  expect(table.body).toEqual(saved.body);
  await api(flow, session, "/api/margin", "PUT", { percent: 40 });
  expect(await figure("ltv_profit")).toMatchObject({ basis: "margin", note: null });
  await api(flow, session, "/api/margin", "PUT", { percent: null });
  const emptied = await api(flow, session, "/api/spend", "PUT", { rows: [] });
  expect(spendTable.parse(emptied.body)).toMatchObject({ rows: [], marginPercent: null });
  expect(await figure("cac_full")).toMatchObject({ value: null, note: "no_spend" });
}

async function tokensDie(flow: Flow): Promise<void> {
  await flow.run(flow.crm.install());
  flow.crm.expireTokens("access");
  await flow.pass(0.05);
  flow.crm.expireTokens("access");
  await flow.pass(5);
  expect(await flow.portal().summary()).toMatchObject({ state: "active" });
  expect(checkMirror(flow.world)).toEqual([]);

  flow.crm.expireTokens("access");
  const deal = soldDeal(flow);
  flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 77_700 });
  await flow.pass(0.5);
  expect(checkMirror(flow.world)).toEqual([]);
  expect(callsOfApp(flow).some(({ status }) => status === 401)).toBe(true);
  expect(flow.world.ledger.refreshesAtOnce).toBe(1);
}

async function reconnection(flow: Flow): Promise<void> {
  flow.crm.expireTokens("all");
  const deal = soldDeal(flow);
  flow.crm.edit({ kind: "setAmount", dealId: deal.id, amountMinor: 88_800 });
  await flow.pass(1);
  expect(await flow.portal().summary()).toMatchObject({ state: "reconnect" });
  const sent = flow.sent.length;
  await flow.pass(60);
  expect(flow.sent).toHaveLength(sent);
  expect(checkMirror(flow.world)).not.toEqual([]);

  if (flow.product === "bitrix24") {
    await openApp(flow);
  } else {
    const { url, cookie } = await agree(flow);
    await comeBack(flow, url, cookie);
  }
  await flow.pass(2);
  expect(await flow.portal().summary()).toMatchObject({ state: "active" });
  expect(checkMirror(flow.world)).toEqual([]);
}
