import type { Child } from "hono/jsx";
import type { ReportSection, ReportTexts } from "../texts/texts.ts";

/** Small things that several sections share. */

export function Section({
  code,
  texts,
  children,
}: {
  readonly code: ReportSection;
  readonly texts: ReportTexts;
  readonly children?: Child;
}) {
  const { title, lead } = texts.sections[code];
  return (
    <section class={`panel ${code}`} id={code} aria-labelledby={`${code}-title`}>
      <h2 id={`${code}-title`}>{title}</h2>
      <p class="lead quiet">{lead}</p>
      {children}
    </section>
  );
}

/** A text of the file: a client, a column. Isolated, so that it cannot turn the text around it; no control characters. */
export function Given({ text, most = 120 }: { readonly text: string; readonly most?: number }) {
  const letters = [...text.replace(/\p{Cc}/gu, " ")];
  const isLong = letters.length > most;
  return (
    <bdi class="given" title={isLong ? letters.join("") : undefined}>
      {isLong ? `${letters.slice(0, most - 1).join("")}…` : letters.join("")}
    </bdi>
  );
}

/** Wider than a phone: the table scrolls, the page does not. Reachable with the keyboard. */
export function Wide({ label, children }: { readonly label: string; readonly children?: Child }) {
  return (
    <section class="wide" aria-label={label} tabindex={0}>
      {children}
    </section>
  );
}

export function percentOf(share: number): string {
  return `${Math.round(share * 10_000) / 100}%`;
}

/** Is the month of this day still running after it? */
export function isMonthOpen(isoDay: string): boolean {
  const next = new Date(Date.parse(`${isoDay}T00:00:00Z`) + 86_400_000).toISOString();
  return next.slice(0, 7) === isoDay.slice(0, 7);
}
