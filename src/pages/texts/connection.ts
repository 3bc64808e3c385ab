import type { Locale } from "./format.ts";

/** What pages say about the connection to the CRM. */
export interface ConnectionTexts {
  readonly lost: string;
  /** To somebody who can do something about it, and to somebody who cannot. */
  readonly renew: string;
  readonly askAdmin: string;
  /** Where no button is needed: the next opening by somebody who may renews it. */
  readonly openAgain: string;
  readonly button: string;
  readonly useTitle: string;
  /** `{requests}` today, `{limited}` limit answers, `{failed}` other failures. */
  readonly useToday: string;
  readonly useWeek: string;
  /** `{allowed}` of `{host}` requests a second. */
  readonly rate: string;
  readonly rateAlone: string;
  /** `{now}` a second while the CRM asks for less. */
  readonly slowed: string;
  /** `{time}`: until when nothing is asked. */
  readonly paused: Readonly<Record<"rate" | "errors" | "blocked" | "payment" | "other", string>>;
}

const ru: ConnectionTexts = {
  lost: "Связь с CRM потеряна, данные больше не обновляются.",
  renew: "Подключите CRM заново: история и настройки сохранятся.",
  askAdmin: "Попросите администратора CRM открыть эту страницу и подключить её заново.",
  openAgain: "Администратору CRM достаточно открыть приложение ещё раз.",
  button: "Подключить заново",
  useTitle: "Обращения к CRM",
  useToday: "Сегодня запросов: {requests}, отказов по лимиту: {limited}, других ошибок: {failed}.",
  useWeek: "За неделю запросов: {requests}, отказов по лимиту: {limited}.",
  rate: "Мы берём не больше {allowed} запросов в секунду из {host}, которые CRM даёт приложению.",
  rateAlone: "Мы берём не больше {allowed} запросов в секунду.",
  slowed: "CRM просит обращаться реже, сейчас {now} в секунду.",
  paused: {
    rate: "Пауза до {time}: CRM попросила подождать.",
    errors: "Пауза до {time}: CRM отвечает ошибками.",
    blocked:
      "Пауза до {time}: CRM закрыла нам доступ из-за частых обращений. Обычно его возвращают сами, иногда нужна поддержка CRM.",
    payment: "Пауза до {time}: CRM не оплачена.",
    other: "Пауза до {time}.",
  },
};

const en: ConnectionTexts = {
  lost: "The connection to the CRM is lost, data is no longer updated.",
  renew: "Connect the CRM again: history and settings stay.",
  askAdmin: "Ask an administrator of the CRM to open this page and connect it again.",
  openAgain: "An administrator of the CRM only has to open the app again.",
  button: "Connect again",
  useTitle: "Requests to the CRM",
  useToday:
    "Requests today: {requests}, refused by the limit: {limited}, other failures: {failed}.",
  useWeek: "In a week: {requests} requests, {limited} refused by the limit.",
  rate: "We take at most {allowed} requests a second of the {host} that the CRM gives an app.",
  rateAlone: "We take at most {allowed} requests a second.",
  slowed: "The CRM asks for less, now {now} a second.",
  paused: {
    rate: "Paused until {time}: the CRM asked us to wait.",
    errors: "Paused until {time}: the CRM answers with errors.",
    blocked:
      "Paused until {time}: the CRM has closed its door because of too many requests. It usually opens by itself; sometimes the CRM's support has to help.",
    payment: "Paused until {time}: the CRM is not paid for.",
    other: "Paused until {time}.",
  },
};

export function connectionTexts(locale: Locale): ConnectionTexts {
  return locale === "ru" ? ru : en;
}
