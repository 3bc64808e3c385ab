import { hal, type JsonObject, refuse } from "./answer.ts";
import { type Call, needAdmin, type Route, single } from "./call.ts";
import { customerOf, needCustomers } from "./customer-routes.ts";
import { dictionary } from "./listing.ts";
import { seconds } from "./options.ts";
import { self } from "./view.ts";

/** What exists in one of the two modes of customers, and the switch between them. */

function needMode(call: Call, mode: "segments" | "periodicity"): void {
  if (call.account.trade.mode !== mode) refuse(422, `Customers ${mode} mode is disabled`);
}

function segmentView(
  call: Call,
  row: { id: number; name: string; created_at: number },
): JsonObject {
  const { customers } = call.account.trade;
  return {
    id: row.id,
    created_at: row.created_at,
    updated_at: row.created_at,
    account_id: call.account.id,
    name: row.name,
    color: "6610f2",
    available_products_price_types: [288_891],
    customers_count: customers.byId.rows.filter((one) => one.segments.includes(row.id)).length,
    custom_fields_values: null,
    _links: self(call, `customers/segments/${row.id}`),
  };
}

function createSegment(call: Call): Response {
  needCustomers(call);
  needMode(call, "segments");
  needAdmin(call);
  const { name } = single(call);
  if (typeof name !== "string" || name === "") return refuse(400, "name is missing");
  const row = { id: call.account.nextId("segments"), name, created_at: seconds(call.settings) };
  call.account.trade.segments.push(row);
  return hal(segmentView(call, row), call.settings.createdStatus);
}

const STATUSES = [
  ["Ожидается покупка", 1],
  ["Не купил", 2],
  ["Недавно купили", 4],
] as const;

function listStatuses(call: Call): Response {
  needCustomers(call);
  needMode(call, "periodicity");
  return dictionary(
    call,
    "statuses",
    STATUSES,
    ([name, type]) => ({
      id: 4_740_024 + type,
      name,
      sort: type,
      is_default: type === 1,
      conditions: [[{ type: "before_purchase", match: { value: 0 }, conditions: [{ value: 0 }] }]],
      color: "#99ccff",
      type,
      account_id: call.account.id,
      _links: self(call, `customers/statuses/${4_740_024 + type}`),
    }),
    { isPaged: false },
  );
}

function setMode(call: Call): Response {
  needAdmin(call);
  const { trade } = call.account;
  if (trade.mode === "unavailable") refuse(402, "The tariff has no customers");
  const { mode, is_enabled } = single(call);
  if (mode !== "segments" && mode !== "periodicity") return refuse(400, "mode is wrong");
  trade.mode = is_enabled === true ? mode : "disabled";
  return hal({ mode, is_enabled: is_enabled === true });
}

function bonus(call: Call, id: string | undefined): Response {
  const customer = customerOf(call, id);
  const { earn, redeem } = single(call);
  customer.bonusPoints += Number(earn ?? 0) - Number(redeem ?? 0);
  return hal({ bonus_points: customer.bonusPoints });
}

export const CUSTOMER_MODE_ROUTES: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v4/customers/segments",
    handle: (call) => {
      needCustomers(call);
      needMode(call, "segments");
      const rows = call.account.trade.segments;
      return dictionary(call, "segments", rows, (row) => segmentView(call, row), { isPaged: true });
    },
  },
  { method: "POST", path: "/api/v4/customers/segments", handle: createSegment },
  { method: "GET", path: "/api/v4/customers/statuses", handle: listStatuses },
  { method: "PATCH", path: "/api/v4/customers/mode", handle: setMode },
  {
    method: "POST",
    path: "/api/v4/customers/{}/bonus_points",
    handle: (call, [id]) => bonus(call, id),
  },
];
