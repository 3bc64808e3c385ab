import { raw } from "hono/html";
import { fill } from "../../pages/texts/fill.ts";
import { type Locale, makeFormat } from "../../pages/texts/format.ts";
import { textsOf } from "../../pages/texts/index.ts";
import type { Analysis } from "../analysis.ts";
import { reportTextsOf } from "../texts/index.ts";
import type { ReportSection } from "../texts/texts.ts";
import { Trust } from "./accuracy.tsx";
import { Figures } from "./figures.tsx";
import { Forecast } from "./forecast.tsx";
import { Leaving } from "./leaving.tsx";
import { Loyalty } from "./loyalty.tsx";
import { Method } from "./method.tsx";
import { Money } from "./money.tsx";
import type { Part } from "./part.ts";
import { People } from "./people.tsx";
import { Quality } from "./quality.tsx";
import { hasSources, Sources } from "./sources.tsx";
import { Contents, Sentences, Top } from "./top.tsx";

export interface ReportContext {
  readonly locale: Locale;
  /** Name of the table that was read, without folders. */
  readonly file: string;
  readonly version: string;
  /** The whole style sheet; it must not contain `</style`. */
  readonly styles: string;
}

const SECTIONS: readonly ReportSection[] = [
  "leaving",
  "money",
  "people",
  "loyalty",
  "forecast",
  "sources",
  "accuracy",
  "figures",
  "quality",
  "method",
];

/**
 * The report as one file: styles and pictures inside, no script, nothing loaded, nothing sent. The content security policy
 * in it allows exactly its own style sheet, so that a file somebody has tampered with still runs nothing.
 */
export async function renderReport(analysis: Analysis, context: ReportContext): Promise<string> {
  const { locale, styles } = context;
  const all = textsOf(locale);
  const part: Part = {
    analysis,
    texts: reportTextsOf(locale),
    card: all.card,
    overview: all.overview,
    segmentation: all.segmentation,
    format: makeFormat(locale, analysis.currency, `${analysis.asOf}T00:00:00Z`),
  };
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${await sha256(styles)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const page = (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="content-security-policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>{`${part.texts.title}: ${context.file}`}</title>
        <style>{raw(styles)}</style>
      </head>
      <body class="report">
        <Top part={part} product={all.page.product} file={context.file} />
        <main>
          <Sentences {...part} />
          <Contents
            part={part}
            sections={SECTIONS.filter((code) => code !== "sources" || hasSources(analysis))}
          />
          <Leaving {...part} />
          <Money {...part} />
          <People {...part} />
          <Loyalty {...part} />
          <Forecast {...part} />
          <Sources {...part} />
          <Trust {...part} />
          <Figures {...part} />
          <Quality {...part} />
          <Method {...part} />
        </main>
        <footer class="quiet">{fill(part.texts.footer, { version: context.version })}</footer>
      </body>
    </html>
  );
  return `<!doctype html>${String(page)}\n`;
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
