import { type PageContext, renderDocument } from "./layout.tsx";
import { textsOf } from "./texts/index.ts";

/** The installer page inside the CRM; its island tells the CRM that the installation is finished. */
export function renderInstaller(view: PageContext): string {
  const all = textsOf(view.locale);
  const texts = all.installer;
  return renderDocument({
    context: view,
    title: texts.title,
    style: "card",
    island: "installer",
    body: (
      <main class="message installer">
        <h1>{texts.title}</h1>
        <p>{texts.lead}</p>
        <ol>
          {texts.steps.map((step) => (
            <li>
              <b>{step.name}</b>
              <span class="line quiet">{step.text}</span>
            </li>
          ))}
        </ol>
        <p class="promise">{texts.promise}</p>
        <p role="status" data-finishing>
          {texts.finishing}
        </p>
        <p role="alert" data-lost hidden>
          {texts.lost}
        </p>
        <button type="button" class="primary" data-finish hidden>
          {texts.finish}
        </button>
        <noscript>{all.page.noScript}</noscript>
      </main>
    ),
  });
}
