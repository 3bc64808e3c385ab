import type { PartProps } from "./overview.tsx";
import { settingsTexts } from "./texts/island-settings.ts";

const PARTS = ["choices", "undo", "writing", "rate"] as const;

/** What an administrator decides; each part is read when it is opened, so that the page stays as short as its figures. */
export function SettingsSection({ part, isAdmin }: { part: PartProps; isAdmin: boolean }) {
  const texts = settingsTexts(part.format.locale);
  return (
    <section class="settings" aria-labelledby="settings" data-settings>
      <div class="intro">
        <h2 id="settings" tabindex={-1}>
          {texts.title}
        </h2>
        <p class="quiet">{isAdmin ? texts.lead : texts.adminOnly}</p>
      </div>
      {isAdmin
        ? PARTS.map((name) => (
            <details class="panel" data-setting={name}>
              <summary>
                <h3>{texts[name].title}</h3>
                <span class="line quiet">{texts[name].hint}</span>
              </summary>
              <p role="status" data-setting-status />
              <div data-setting-place />
            </details>
          ))
        : null}
    </section>
  );
}
