import type { Flow } from "./flow-world.ts";

/** A browser on its way back from the CRM's consent page. */
export interface Returning {
  /** Address of ours, with the code. */
  readonly url: URL;
  /** What the browser kept for us, as a request header. */
  readonly cookie: string;
  /** The same as it was set. */
  readonly setCookie: string;
}

/** A person starts at our connect page and agrees in the CRM. */
export async function agree(flow: Flow): Promise<Returning> {
  const { native } = flow.world.site;
  const path =
    native.product === "bitrix24"
      ? `/bitrix24/connect?portal=${new URL(native.portal.origin()).host}`
      : "/amocrm/connect";
  const start = await flow.ask(path);
  const consent = new URL(start.headers.get("location") ?? "");
  const setCookie = start.headers.get("set-cookie") ?? "";
  if (native.product === "bitrix24") native.portal.beginInstall();
  const answer = await flow.run(flow.world.site.fetch(consentRequest(flow, consent)));
  return {
    url: new URL(answer.headers.get("location") ?? ""),
    cookie: setCookie.slice(0, setCookie.indexOf(";")),
    setCookie,
  };
}

function consentRequest(flow: Flow, consent: URL): Request {
  const { native } = flow.world.site;
  if (native.product === "bitrix24") return new Request(consent);
  const form = new URLSearchParams(consent.search);
  form.set("who", `${native.portal.accountId}:${native.portal.users[0]?.id}`);
  form.set("answer", "grant");
  return new Request(`${consent.origin}${consent.pathname}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
}

export async function comeBack(flow: Flow, url: URL, cookie: string | null): Promise<Response> {
  return await flow.ask(`${url.pathname}${url.search}`, {
    headers: { accept: "text/html", ...(cookie === null ? {} : { cookie }) },
  });
}
