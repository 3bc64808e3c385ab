import { type PageContext, renderDocument } from "./layout.tsx";
import { textsOf } from "./texts/index.ts";

/**
 * A page without data for a reload inside the frame: its island asks the frame for fresh auth and posts it to the same
 * address as a form, which answers with the real page. Never carries a session.
 */
export function renderShell(view: Omit<PageContext, "session">): string {
  const all = textsOf(view.locale);
  const lost = all.messages.open_again;
  return renderDocument({
    context: { ...view, session: null },
    title: all.page.product,
    style: "card",
    island: "shell",
    body: (
      <main class="message">
        <p role="status" data-shell-busy>
          {all.page.loading}
        </p>
        <div data-shell-lost hidden>
          <h1>{lost.title}</h1>
          <p>{lost.text}</p>
        </div>
        <noscript>{all.page.noScript}</noscript>
      </main>
    ),
  });
}
