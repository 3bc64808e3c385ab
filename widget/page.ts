/** What every page does: follow the height of its content, switch the theme, show moments in the viewer's own time. */

const MIN_CHANGE_PX = 2;

export function startPage(): void {
  followHeight();
  startPart();
}

/** What belongs to elements that may be replaced by others. */
export function startPart(): void {
  themeSwitch();
  localTimes();
}

export function reload(): void {
  if (window.pulseFrame) window.pulseFrame.reload();
  else location.reload();
}

export function pageLocale(): "ru" | "en" {
  return document.documentElement.lang === "ru" ? "ru" : "en";
}

function followHeight(): void {
  const frame = window.pulseFrame;
  if (!frame) return;
  let last = 0;
  new ResizeObserver(() => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (Math.abs(height - last) < MIN_CHANGE_PX) return;
    last = height;
    frame.resize(height);
  }).observe(document.body);
}

function themeSwitch(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-theme-switch]");
  if (!button) return;
  const root = document.documentElement;
  const isDark = (): boolean =>
    root.dataset.theme === "dark" ||
    (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const show = (): void => button.setAttribute("aria-pressed", String(isDark()));
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    show();
    try {
      localStorage.setItem("pulse-theme", root.dataset.theme);
    } catch {
      // A frame may be refused storage; the choice then lasts as long as the page.
    }
  });
}

function localTimes(): void {
  const show = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: "medium",
    timeStyle: "short",
  });
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-local-time]")) {
    const at = Date.parse(element.dateTime);
    if (!Number.isNaN(at)) element.title = show.format(at);
  }
}
