import type { ApiUse } from "../crm/api-use.ts";
import type { PartProps } from "./overview.tsx";
import { type ConnectionTexts, connectionTexts } from "./texts/connection.ts";
import { fill } from "./texts/fill.ts";
import type { Format, Locale } from "./texts/format.ts";
import { lookUp } from "./texts/params.ts";

/** A connection that only a person can renew. */
export interface LostConnection {
  /** Our page with the button's flow; null = opening the app by somebody who may is enough. */
  readonly url: string | null;
  readonly isAdmin: boolean;
}

interface NoticeProps {
  readonly lost: LostConnection;
  readonly locale: Locale;
  readonly style: "card" | "app";
}

/** Above everything else on the page: what is below is no longer kept up to date, and who can change that. */
export function LostConnectionNotice({ lost, locale, style }: NoticeProps) {
  const texts = connectionTexts(locale);
  return (
    <ul class={style === "card" ? "notices" : "banners"} role="alert" data-lost-connection>
      <li>
        <span>
          {texts.lost} {whatToDo(lost, texts)}
        </span>{" "}
        {lost.isAdmin && lost.url !== null ? (
          <a class="button" href={lost.url} target="_blank" rel="noopener">
            {texts.button}
          </a>
        ) : null}
      </li>
    </ul>
  );
}

function whatToDo({ url, isAdmin }: LostConnection, texts: ConnectionTexts): string {
  if (url === null) return texts.openAgain;
  return isAdmin ? texts.renew : texts.askAdmin;
}

/** What we ask of the CRM, for whoever pays with its limits. */
export function ApiUsePanel({ overview, format }: PartProps) {
  const use = overview.apiUse;
  if (!use) return null;
  const texts = connectionTexts(format.locale);
  return (
    <section class="panel" aria-labelledby="api-use" data-api-use>
      <h2 id="api-use">{texts.useTitle}</h2>
      {useLines(use, format, overview.timeZone).map((line) => (
        <p class="quiet">{line}</p>
      ))}
    </section>
  );
}

function useLines(use: ApiUse, format: Format, timeZone: string): readonly string[] {
  const texts = connectionTexts(format.locale);
  const today = use.days.at(-1);
  const count = (of: "requests" | "limited" | "failed", days: ApiUse["days"]) =>
    format.int(days.reduce((sum, day) => sum + day[of], 0));
  const { host, allowed, now } = use.rate;
  return [
    ...(today
      ? [
          fill(texts.useToday, {
            requests: count("requests", [today]),
            limited: count("limited", [today]),
            failed: count("failed", [today]),
          }),
        ]
      : []),
    fill(texts.useWeek, {
      requests: count("requests", use.days),
      limited: count("limited", use.days),
    }),
    fill(host > allowed ? texts.rate : texts.rateAlone, {
      allowed: format.ratio(allowed),
      host: format.ratio(host),
    }),
    ...(now < allowed ? [fill(texts.slowed, { now: format.ratio(now) })] : []),
    ...(use.pause
      ? [
          fill(lookUp(texts.paused, use.pause.reason) ?? texts.paused.other, {
            time: timeIn(use.pause.until, timeZone, format.locale),
          }),
        ]
      : []),
  ];
}

/** Date and time of day in the portal's zone. */
function timeIn(iso: string, timeZone: string, locale: Locale): string {
  const options = { timeZone, dateStyle: "short", timeStyle: "short" } as const;
  return new Intl.DateTimeFormat(locale === "ru" ? "ru-RU" : "en-GB", options).format(
    new Date(iso),
  );
}
