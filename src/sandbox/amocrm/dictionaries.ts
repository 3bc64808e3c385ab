import type { CatalogElement, EnumItem, Field, NamedRow, Pipeline, Status } from "./model.ts";
import { LOST, WON } from "./model.ts";

type Take = (kind: string) => number;

const CLOSED: readonly Status[] = [
  {
    id: WON,
    name: "Успешно реализовано",
    sort: 10_000,
    is_editable: false,
    color: "#CCFF66",
    type: 0,
  },
  {
    id: LOST,
    name: "Закрыто и не реализовано",
    sort: 11_000,
    is_editable: false,
    color: "#D5D8DB",
    type: 0,
  },
];

function pipeline(
  take: Take,
  name: string,
  sort: number,
  isMain: boolean,
  stages: readonly string[],
): Pipeline {
  const id = take("pipelines");
  const own = stages.map(
    (stage, index): Status => ({
      id: take("statuses"),
      name: stage,
      sort: (index + 2) * 10,
      is_editable: true,
      color: ["#99ccff", "#ffff99", "#ffcc66", "#ffcccc"][index % 4] ?? "#99ccff",
      type: 0,
    }),
  );
  const unsorted: Status = {
    id: take("statuses"),
    name: "Неразобранное",
    sort: 10,
    is_editable: false,
    color: "#c1c1c1",
    type: 1,
  };
  return { id, name, sort, is_main: isMain, statuses: [unsorted, ...own, ...CLOSED] };
}

function named(take: Take, kind: string, names: readonly string[]): NamedRow[] {
  return names.map((name) => ({ id: take(kind), name }));
}

interface SeededDictionaries {
  readonly pipelines: readonly Pipeline[];
  readonly lossReasons: readonly NamedRow[];
  readonly sources: readonly NamedRow[];
  readonly catalogId: number;
  readonly elements: readonly CatalogElement[];
}

export function seedPipelines(take: Take): SeededDictionaries {
  return {
    pipelines: [
      pipeline(take, "Продажи", 1, true, [
        "Первичный контакт",
        "Переговоры",
        "Согласование договора",
      ]),
      pipeline(take, "Повторные продажи", 2, false, ["Новая заявка", "Счёт выставлен"]),
    ],
    lossReasons: named(take, "loss_reasons", ["Пропала потребность", "Дорого", "Выбрали других"]),
    sources: named(take, "sources", [
      "Сайт",
      "Реклама",
      "Рекомендация",
      "Выставка",
      "Соцсети",
      "Звонок",
    ]),
    catalogId: take("catalogs"),
    elements: ["Абонемент", "Настройка", "Обучение"].map((name, index) => ({
      id: take("elements"),
      name,
      sku: `A-${index + 1}`,
      price: String(1500 * (index + 1)),
      group: index === 2 ? "Обучение" : "Услуги",
      groupId: index === 2 ? 600_003 : 600_001,
    })),
  };
}

const PHONE_CODES = ["WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER"];
const EMAIL_CODES = ["WORK", "PRIV", "OTHER"];

function enums(take: Take, codes: readonly string[]): EnumItem[] {
  return codes.map((code, index) => ({ id: take("enums"), value: code, sort: index + 1, code }));
}

function predefined(
  take: Take,
  entityType: Field["entityType"],
  [code, name, type]: readonly [string, string, string],
  sort: number,
): Field {
  const codes = code === "PHONE" ? PHONE_CODES : code === "EMAIL" ? EMAIL_CODES : [];
  return {
    id: take("fields"),
    entityType,
    name,
    type,
    code,
    sort,
    is_api_only: false,
    enums: codes.length > 0 ? enums(take, codes) : null,
    group_id: type === "tracking_data" ? "statistic" : null,
    is_predefined: true,
  };
}

const PREDEFINED: Readonly<
  Record<Field["entityType"], readonly (readonly [string, string, string])[]>
> = {
  leads: [
    ["UTM_SOURCE", "utm_source", "tracking_data"],
    ["UTM_MEDIUM", "utm_medium", "tracking_data"],
    ["UTM_CAMPAIGN", "utm_campaign", "tracking_data"],
  ],
  contacts: [
    ["POSITION", "Должность", "text"],
    ["PHONE", "Телефон", "multitext"],
    ["EMAIL", "Email", "multitext"],
  ],
  companies: [
    ["PHONE", "Телефон", "multitext"],
    ["EMAIL", "Email", "multitext"],
    ["WEB", "Web", "url"],
    ["ADDRESS", "Адрес", "textarea"],
  ],
};

export function seedFields(take: Take): Field[] {
  return (["leads", "contacts", "companies"] as const).flatMap((type) =>
    PREDEFINED[type].map((row, index) => predefined(take, type, row, 500 + index)),
  );
}
