import type { ConnectButton } from "../crm/door.ts";
import { type PageContext, renderDocument } from "./layout.tsx";
import { fill } from "./texts/fill.ts";
import { textsOf } from "./texts/index.ts";

export interface ConnectView extends Omit<PageContext, "session" | "frame"> {
  /** The vendor's script tag: it draws the button in its place and opens the CRM's own page. */
  readonly button: ConnectButton;
  /** The CRM's name as its users know it. */
  readonly crm: string;
}

/** The top-level page with the CRM's own button. Nothing of ours is on it but words. */
export function renderConnect(view: ConnectView): string {
  const all = textsOf(view.locale);
  const texts = all.connect;
  const { name, script, data } = view.button;
  const attributes = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [`data-${key}`, value]),
  );
  const title = fill(texts.button, { crm: view.crm });
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
        <p>
          <script
            class={name}
            charset="utf-8"
            src={script}
            nonce={view.nonce}
            {...attributes}
            data-title={title}
          />
        </p>
        <p class="quiet">{texts.note}</p>
      </main>
    ),
  });
}
