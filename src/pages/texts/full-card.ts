import type { WriteState } from "../../crm/card-detail.ts";
import type { Locale } from "./format.ts";

/** Words of the card where it has a whole page to itself. */
export interface FullCardTexts {
  readonly timeline: string;
  readonly timelineEmpty: string;
  /** `{count}` purchases before the first one shown. */
  readonly earlier: string;
  /** `{from}`, `{to}`, `{usual}` days. */
  readonly rhythm: string;
  readonly noRhythm: string;
  /** `{from}`, `{to}`, `{likely}` dates. */
  readonly window: string;
  readonly noWindow: string;
  readonly today: string;
  readonly contacts: string;
  readonly noSum: string;
  readonly refund: string;
  /** `{number}` of a deal. */
  readonly deal: string;
  readonly table: string;
  readonly columns: Readonly<
    Record<"day" | "gap" | "amount" | "deal" | "group" | "purchases" | "last", string>
  >;
  readonly changed: string;
  readonly changedEmpty: string;
  readonly scores: string;
  readonly moveKinds: Readonly<Record<"segment" | "lifecycle" | "band", string>>;
  readonly causes: Readonly<Record<"behaviour" | "boundary", string>>;
  readonly playbooks: string;
  readonly playbooksEmpty: string;
  readonly playbookFallback: string;
  /** `{date}`. */
  readonly proposed: string;
  readonly approved: string;
  readonly writeKinds: Readonly<
    Record<"mark" | "task" | "note" | "fields" | "flag" | "notice" | "automation", string>
  >;
  readonly writeFallback: string;
  readonly writeStates: Readonly<Record<WriteState, string>>;
  readonly groups: string;
  readonly clients: string;
  /** `{client}`. */
  readonly noRight: string;
  readonly failed: string;
  readonly more: string;
  readonly close: string;
}

const ru: FullCardTexts = {
  timeline: "Покупки и ритм",
  timelineEmpty:
    "Здесь появится лента покупок: первая точка встанет после первой выигранной сделки.",
  earlier: "Раньше было ещё {count}.",
  rhythm: "Обычный перерыв {from}–{to}, чаще всего {usual}",
  noRhythm: "Своего ритма ещё нет: для него нужно пять дней с покупками",
  window: "Следующую покупку ждём {from} – {to}, вероятнее всего {likely}",
  noWindow: "Дату следующей покупки по этой истории назвать нельзя",
  today: "сегодня",
  contacts: "Контакты",
  noSum: "без суммы",
  refund: "возврат",
  deal: "сделка {number}",
  table: "Все покупки таблицей",
  columns: {
    day: "День",
    gap: "Перерыв",
    amount: "Сумма",
    deal: "Сделка",
    group: "Группа",
    purchases: "Покупок",
    last: "Последняя",
  },
  changed: "Что изменилось",
  changedEmpty: "С начала наблюдений сегмент и стадия не менялись.",
  scores: "Оценка по неделям",
  moveKinds: { segment: "Сегмент", lifecycle: "Стадия", band: "Оценка" },
  causes: { behaviour: "из-за поведения клиента", boundary: "сдвинулась граница" },
  playbooks: "Что мы предлагали и что сделано",
  playbooksEmpty: "Для этого клиента ещё ничего не записывали в CRM.",
  playbookFallback: "Сценарий",
  proposed: "предложено {date}",
  approved: "утверждено {date}",
  writeKinds: {
    mark: "Отметка",
    task: "Задача",
    note: "Запись в истории",
    fields: "Поля",
    flag: "Метка на доске",
    notice: "Уведомление",
    automation: "Автоматизация",
  },
  writeFallback: "Запись",
  writeStates: {
    waiting: "ждёт очереди",
    written: "записано",
    open: "стоит, не закрыта",
    finished: "человек выполнил",
    refused: "CRM не приняла",
    cancelled: "снято до записи",
    undone: "отменено",
    kept: "оставлено: кто-то уже изменил",
  },
  groups: "Что покупает",
  clients: "Клиенты этой карточки",
  noRight: "У вас нет прав на этого клиента: {client}.",
  failed: "Не получилось загрузить. Попробуйте ещё раз.",
  more: "Подробнее",
  close: "Закрыть",
};

const en: FullCardTexts = {
  timeline: "Purchases and rhythm",
  timelineEmpty: "Purchases will appear here: the first dot comes with the first won deal.",
  earlier: "{count} before that.",
  rhythm: "Usual pause {from}–{to}, most often {usual}",
  noRhythm: "No rhythm yet: it takes five days with purchases",
  window: "Next purchase expected {from} – {to}, most likely {likely}",
  noWindow: "This history does not allow a date for the next purchase",
  today: "today",
  contacts: "Contacts",
  noSum: "no sum",
  refund: "refund",
  deal: "deal {number}",
  table: "All purchases as a table",
  columns: {
    day: "Day",
    gap: "Pause",
    amount: "Sum",
    deal: "Deal",
    group: "Group",
    purchases: "Purchases",
    last: "Last",
  },
  changed: "What has changed",
  changedEmpty: "Segment and stage have not changed since we began to look.",
  scores: "Score by week",
  moveKinds: { segment: "Segment", lifecycle: "Stage", band: "Score" },
  causes: { behaviour: "by the client's behaviour", boundary: "a boundary was moved" },
  playbooks: "What we proposed and what was done",
  playbooksEmpty: "Nothing has been written to the CRM for this client yet.",
  playbookFallback: "Playbook",
  proposed: "proposed {date}",
  approved: "approved {date}",
  writeKinds: {
    mark: "Mark",
    task: "Task",
    note: "Note",
    fields: "Fields",
    flag: "Board label",
    notice: "Notification",
    automation: "Automation",
  },
  writeFallback: "Write",
  writeStates: {
    waiting: "waits its turn",
    written: "written",
    open: "open",
    finished: "done by a person",
    refused: "refused by the CRM",
    cancelled: "called off before it was written",
    undone: "taken back",
    kept: "left: somebody has changed it",
  },
  groups: "What they buy",
  clients: "Clients of this card",
  noRight: "You have no right to this client: {client}.",
  failed: "It could not be loaded. Try again.",
  more: "Details",
  close: "Close",
};

export function fullCardTexts(locale: Locale): FullCardTexts {
  return locale === "ru" ? ru : en;
}
