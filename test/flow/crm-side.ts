import type { JournalEntry } from "../../src/sandbox/contract.ts";
import { postForm } from "./browser.ts";
import type { Flow } from "./flow-world.ts";

/** What the CRM itself has seen and keeps; the judge of every flow. */

export function callsOfApp(flow: Flow): readonly JournalEntry[] {
  return flow.crm.journal().filter(({ call }) => !/^(?:dropped )?hook /.test(call));
}

export function writesOfApp(flow: Flow): readonly JournalEntry[] {
  return callsOfApp(flow).filter(({ isWrite }) => isWrite);
}

export interface Registered {
  readonly hooks: readonly string[];
  readonly places: readonly string[];
  readonly fields: readonly string[];
}

/** What of ours is registered in the CRM, as its own administrator sees it. */
export async function registered(flow: Flow): Promise<Registered> {
  const { native, fetch } = flow.world.site;
  if (native.product === "amocrm") {
    const hooks = native.portal.webhooks().filter((hook) => !hook.disabled);
    return { hooks: hooks.map(({ destination }) => destination), places: [], fields: [] };
  }
  const { portal } = native;
  const auth = new URLSearchParams(portal.openPage("app").body).get("AUTH_ID") ?? "";
  const ask = async (method: string): Promise<readonly Record<string, unknown>[]> => {
    const request = new Request(`${portal.origin()}/rest/${method}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ auth }),
    });
    const answer = (await (await flow.run(fetch(request))).json()) as {
      result: readonly Record<string, unknown>[];
    };
    return answer.result;
  };
  const events = await ask("event.get");
  const places = await ask("placement.get");
  const company = await ask("crm.company.userfield.list");
  const contact = await ask("crm.contact.userfield.list");
  return {
    hooks: events.map(({ event, handler }) => `${event} ${handler}`).sort(),
    places: places.map(({ placement, handler }) => `${placement} ${handler}`).sort(),
    fields: [...company, ...contact]
      .map((field) => `${field.ENTITY_ID} ${field.FIELD_NAME}`)
      .sort(),
  };
}

/** Somebody who is not the CRM claims that the app was installed, in the CRM's own words; the answers' statuses. */
export async function forgeInstallation(flow: Flow): Promise<number[]> {
  const { native, config } = flow.world.site;
  const host = new URL(native.portal.origin()).host;
  if (native.product === "amocrm") {
    const clientId = config.registrations[0]?.clientId ?? "";
    const query = new URLSearchParams({
      code: "def50200forged",
      referer: host,
      client_id: clientId,
    });
    const statuses: number[] = [];
    for (const more of [
      "&from_widget=1",
      "&from_widget=1&platform=1",
      `&state=${"0".repeat(64)}`,
    ]) {
      const response = await flow.ask(`/amocrm/oauth?${query}${more}`);
      // The page that a browser without a known state sees connects nothing.
      statuses.push(more.includes("state") && response.status === 200 ? 400 : response.status);
    }
    return statuses;
  }
  const { memberId } = native.portal;
  const page = new URLSearchParams({
    AUTH_ID: "f".repeat(70),
    AUTH_EXPIRES: "3600",
    REFRESH_ID: "e".repeat(70),
    SERVER_ENDPOINT: "https://oauth.bitrix24.tech/rest/",
    APPLICATION_TOKEN: "d".repeat(32),
    member_id: memberId,
    status: "L",
    PLACEMENT: "DEFAULT",
  });
  const event = new URLSearchParams({
    event: "ONAPPINSTALL",
    "data[VERSION]": "1",
    "data[INSTALLED]": "Y",
    "auth[access_token]": "f".repeat(70),
    "auth[refresh_token]": "e".repeat(70),
    "auth[server_endpoint]": "https://oauth.bitrix24.tech/rest/",
    "auth[client_endpoint]": `https://${host}/rest/`,
    "auth[member_id]": memberId,
    "auth[application_token]": "d".repeat(32),
  });
  const query = `?DOMAIN=${host}&PROTOCOL=1&LANG=ru&APP_SID=0`;
  const pages = [
    await postForm(flow, `/bitrix24/install${query}`, page.toString()),
    await postForm(flow, `/bitrix24/app${query}`, page.toString()),
    await postForm(flow, "/bitrix24/install", event.toString()),
  ];
  return pages.map(({ status }) => status);
}
