import { expect } from "vitest";
import type { SettingsDocument, SettingsDraft, SettingsPreview } from "../../src/crm/settings.ts";
import { api, openApp } from "./browser.ts";
import type { Flow } from "./flow-world.ts";

/** What an administrator decides of a portal's money, over HTTP. */

export interface Figures {
  readonly clients: number;
  readonly purchases: number;
  readonly revenueMinor: number;
  readonly dataQuality: readonly { readonly code: string; readonly count: number }[];
}

export const CHOICES: SettingsDraft = {
  moneySource: "deals",
  pipelines: null,
  clientRule: "company_first",
  countsZeroSums: true,
  rates: [],
};

export async function ask<T>(
  flow: Flow,
  path: string,
  method: "GET" | "POST" | "PUT" = "GET",
  body?: unknown,
): Promise<T> {
  const { session } = await openApp(flow);
  const answer = await api(flow, session, path, method, body);
  expect([path, answer.status]).toEqual([path, 200]);
  return answer.body as T;
}

export const settingsOf = (flow: Flow) => ask<SettingsDocument>(flow, "/api/settings");
export const figuresOf = (flow: Flow) => ask<Figures>(flow, "/api/overview");

/** Clients, purchases and money alone. */
export function totals({ clients, purchases, revenueMinor }: Figures) {
  return { clients, purchases, revenueMinor };
}

/** What the draft would change, then the change itself; the figures afterwards have to be the ones that were promised. */
export async function choose(flow: Flow, draft: SettingsDraft): Promise<SettingsPreview> {
  const preview = await ask<SettingsPreview>(flow, "/api/settings/preview", "POST", draft);
  expect(totals(await figuresOf(flow))).toEqual(totalsOf(preview.before));
  const { version } = await settingsOf(flow);
  const saved = await ask<SettingsDocument>(flow, "/api/settings", "PUT", { version, ...draft });
  expect(saved).toMatchObject({ version: version + 1, isCounting: true, ...draft });
  await flow.pass(2);
  expect((await settingsOf(flow)).isCounting).toBe(false);
  expect(totals(await figuresOf(flow))).toEqual(totalsOf(preview.after));
  return preview;
}

function totalsOf({ clients, purchases, revenueMinor }: SettingsPreview["before"]) {
  return { clients, purchases, revenueMinor };
}
