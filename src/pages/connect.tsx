import { type PageContext, renderDocument } from "./layout.tsx";
import { safeUrl } from "./overview-tables.tsx";
import { fill } from "./texts/fill.ts";
import { textsOf } from "./texts/index.ts";

export interface ConnectView extends Omit<PageContext, "session" | "frame"> {
  /** The CRM's own page where access is confirmed. */
  readonly authorizeUrl: string;
  /** The CRM's name as its users know it. */
  readonly crm: string;
}

/** The top-level page with the button that starts the authorization. No script is needed. */
export function renderConnect(view: ConnectView): string {
  const all = textsOf(view.locale);
  const texts = all.connect;
  const url = safeUrl(view.authorizeUrl);
  return renderDocument({
    context: { ...view, session: null, frame: null },
    title: texts.title,
    style: "card",
    island: "plain",
    body: (
      <main class="message connect">
        <h1>{texts.title}</h1>
        <p>{texts.lead}</p>
        <ul>
          {texts.points.map((point) => (
            <li>{point}</li>
          ))}
        </ul>
        {url ? (
          <p>
            <a class="button primary" href={url}>
              {fill(texts.button, { crm: view.crm })}
            </a>
          </p>
        ) : (
          <p>{all.messages.internal.text}</p>
        )}
        <p class="quiet">{texts.note}</p>
      </main>
    ),
  });
}
