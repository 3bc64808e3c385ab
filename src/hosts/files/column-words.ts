/** What a column of a purchase table may say besides. */
export const OPTIONAL_ROLES = [
  "margin",
  "cost",
  "source",
  "group",
  "status",
  "currency",
  "order",
  "quantity",
] as const;

/** What a column of a purchase table can be; the first three make the purchase. */
export const ROLES = ["client", "date", "amount", ...OPTIONAL_ROLES] as const;

export type Role = (typeof ROLES)[number];

/** Word stems of headers, best first, in the languages our users' exports come in. */
export const HEADER_WORDS: Readonly<Record<Role, readonly RegExp[]>> = {
  client: [
    /^(?:client|customer|buyer|account|contact|company|user)[ _-]?(?:id|no|number|code|key)$/,
    /^(?:id|код|номер)[ _-]?(?:клиента|покупателя|контрагента|контакта|компании)$/,
    /^(?:cust|client|customer|buyer|member|клиент|покупатель|контрагент|заказчик)/,
    /(?:client|customer|клиент|покупател|контрагент|заказчик)/,
    /^(?:название компании|компания|company)/,
    /^(?:основной контакт|контакт|contact|фио)/,
    /^(?:email|e-mail|телефон|phone|инн)$/,
    /^id$/,
  ],
  date: [
    /^(?:purchase|order|invoice|payment|deal|closed?|sale)[ _-]?(?:date|day|at|time)$/,
    /^дата[ _-]?(?:покупки|заказа|продажи|оплаты|сделки|закрытия|отгрузки)/,
    /^(?:date|day|дата|день|datetime|timestamp|when)$/,
    /^last[ _-]?(?:purchase|order|deal)/,
    /(?:date|дата)/,
  ],
  amount: [
    /^(?:amount|sum|total|revenue|сумма|итого|выручка|стоимость)$/,
    /(?:amount|revenue|total|сумма|итого|выручка|opportunity|бюджет|стоимость)/,
    /^(?:price|value|sales|spend|оплата|цена|monetary)/,
    /^(?:unit|item|sale|selling)[ _-]?price/,
  ],
  margin: [
    /^(?:gross[ _-]?)?(?:margin|profit)(?:[ _-]?(?:amount|sum|rub|usd|eur))?(?:$|[ ,(])/,
    /^(?:валовая[ _-]?)?(?:маржа|прибыль|маржинальная прибыль|маржинальный доход)(?:$|[ ,(])/,
    /^(?:сумма[ _-])?(?:маржи|прибыли)/,
  ],
  cost: [
    /^(?:cost|cogs|costs|cost[ _-]?price|cost[ _-]of[ _-]goods.*|total[ _-]cost)$/,
    /себестоимост/,
    /^(?:закупочная|сумма закупки|закупка|закуп)/,
  ],
  source: [
    /^(?:first |lead |traffic |deal |order |client |customer )?(?:source|channel)$/,
    /^utm[ _-]?source$/,
    /^(?:первый |рекламный )?(?:источник|канал)/,
    /^(?:source|channel|откуда)/,
  ],
  group: [
    /^(?:product|item|goods)[ _-]?(?:group|category|type|line)$/,
    /^(?:товарная |номенклатурная |продуктовая )?(?:группа|категория)(?: (?:товар|продук|номенкл|услуг).*)?$/,
    /^(?:category|group|product group|вид номенклатуры|направление)$/,
    /^(?:product|item|товар|услуга|номенклатура|продукт)$/,
  ],
  status: [
    /^(?:is[ _-]?)?(?:refund|refunded|return|returned)$/,
    /^(?:возврат|признак возврата|это возврат)$/,
    /^(?:deal |order |payment )?(?:status|stage|state)$/,
    /^(?:статус|стадия|этап|состояние)(?: (?:сделки|заказа|оплаты|платежа|документа))?$/,
  ],
  currency: [/^(?:currency|валюта)/, /^(?:curr?|iso currency|код валюты)$/],
  order: [
    /^(?:order|invoice|receipt|transaction|document|sale|purchase|basket|check|bill)[ _-]?(?:id|no|nr|num|number|code|№|#)\.?$/,
    /^(?:id|№|номер|код)[ _-]?(?:заказа|чека|накладной|документа|реализации|продажи|покупки|сч[её]та|транзакции)$/,
    /^(?:заказ|чек|накладная|документ|реализация|сч[её]т)[ _-]?(?:id|№|номер)$/,
    /^(?:order|invoice|receipt|заказ|чек|накладная)$/,
  ],
  quantity: [
    /^(?:quantity|qty|count|units|pieces|pcs)(?:$|[ _,(-])/,
    /^(?:order|item|product|invoice)[ _-]?(?:quantity|qty)$/,
    /^(?:количество|кол-во|кол\. ?во|штук|шт)(?:$|[.,( ])/,
  ],
};

/** Sums that are the price of one piece, unless the table has a sum of the row as well. */
export const UNIT_PRICE = /^(?:price|цена)|(?:unit|item|sale|selling)[ _-]?price|за (?:ед|шт)/;
/** A cost of the whole row beside a price of one piece. */
export const COST_OF_ROW = /total|сумм|итого|всего/;

/** Columns that speak of clients, dates or sums without being them. */
export const NOT_A_CLIENT =
  /источник|канал|source|channel|^тип|type|сегмент|segment|статус|status|катего|categ|групп|group|менеджер|manager|город|city|возраст|age$|дата|date|сумма|amount|since|кол-во|count/;
export const NOT_A_PURCHASE_DATE =
  /рожд|birth|изменен|modified|updated|^next|следующ|планов|ожидаем|прогноз|\bdue\b/;
export const NOT_AN_AMOUNT =
  /себестоимост|cost|cogs|марж|margin|profit|прибыл|скид|discount|налог|ндс|\btax\b|\bvat\b|кол-во|quantity|%/;
/** Numbers that name or count something: never taken for sums because they look like some. */
export const NAMES_OR_COUNTS =
  /(?:^|[ _-])(?:id|no|nr|number|code|zip|phone|qty|quantity|year|month|age)$|^(?:id|no)[ _-]|invoiceno|orderid|№|номер|код|артикул|инн|телефон|индекс|кол-во|количество|год$/;
