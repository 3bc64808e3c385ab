import { describe, expect, it } from "vitest";
import { toClient, toDeal, toPipeline } from "./mapping.ts";
import { clientRow, leadRow, pipelineRow } from "./schema.ts";

const LEAD = { id: 1, pipeline_id: 10, status_id: 20, created_at: 1, updated_at: 2 };
const deal = (fields: object, currency = "RUB") =>
  toDeal(leadRow.parse({ ...LEAD, ...fields }), currency);

describe("deals", () => {
  it("read numbers as text, nulls, lists of one and empty objects written as lists", () => {
    const row = {
      ...{ id: "1", pipeline_id: "10", status_id: ["142"], price: "1500", closed_at: "5" },
      ...{ custom_fields_values: null, responsible_user_id: 0, loss_reason_id: "", _embedded: [] },
    };
    expect(deal(row)).toMatchObject({
      ...{ id: "1", outcome: "won", amountMinor: 150_000, closedAt: 5_000, responsibleId: null },
      ...{ companyId: null, contactIds: [], lossReasonId: null, utm: null },
    });
  });

  it("count money in the currency's smallest units, kopecks included where the host tells them", () => {
    expect(deal({ price: 46_333, price_with_minor_units: 46_333.5 }).amountMinor).toBe(4_633_350);
    expect(deal({ price: 500 }, "JPY").amountMinor).toBe(500);
    expect(deal({ price: 0 })).toMatchObject({ amountMinor: 0, currency: "RUB" });
    expect(deal({ price: null })).toMatchObject({ amountMinor: null, currency: null });
  });

  it("are closed while the stage says so, whatever moment is left from before", () => {
    expect(deal({ status_id: 20, closed_at: 5 })).toMatchObject({
      outcome: "open",
      closedAt: null,
    });
    const lost = { status_id: 143, closed_at: 5, _embedded: { loss_reason: [{ id: 7 }] } };
    expect(deal(lost)).toMatchObject({ outcome: "lost", closedAt: 5_000, lossReasonId: "7" });
  });

  it("name the main contact first and the only company", () => {
    const contacts = [{ id: 3 }, { id: 4, is_main: true }, { id: 5, is_main: false }];
    const found = deal({ _embedded: { contacts, companies: { id: 8 } } });
    expect(found).toMatchObject({ contactIds: ["4", "3", "5"], companyId: "8" });
  });

  it("keep three tracking fields of all that people typed", () => {
    const value = (field_code: string | null, text: string, field_type = "tracking_data") => ({
      ...{ field_id: 1, field_name: "Ivan", field_code, field_type },
      values: [{ value: text }],
    });
    const fields = [
      value("UTM_SOURCE", "yandex"),
      value("UTM_TERM", "Ivan"),
      value("UTM_CAMPAIGN", "Ivan", "text"),
      value("PHONE", "+79990000001"),
      value(null, "Ivan"),
    ];
    const found = deal({ name: "Ivan", custom_fields_values: fields });
    expect(found.utm).toEqual({ source: "yandex", medium: null, campaign: null });
    expect(JSON.stringify(found)).not.toMatch(/Ivan|999/);
  });

  it("without an id, a stage or a moment are refused", () => {
    for (const name of ["id", "pipeline_id", "status_id", "created_at", "updated_at"] as const) {
      expect(leadRow.safeParse({ ...LEAD, [name]: null }).success).toBe(false);
    }
  });
});

describe("clients and stages", () => {
  it("carry only tags with our prefix, as codes", () => {
    const tags = [{ name: "pulse:segment:vip" }, { name: "Ivan's friend" }, { name: null }];
    const row = { id: 1, created_at: 1, updated_at: 1, name: "Ivan", _embedded: { tags } };
    expect(toClient(clientRow.parse(row), "contact").ourTags).toEqual(["segment:vip"]);
  });

  it("have the same closing stages in every pipeline", () => {
    const statuses = [{ id: 5, name: "New", sort: 10 }, { id: 142, sort: "10000" }, { id: 143 }];
    const row = { id: 10, name: "Main", sort: 1, _embedded: { statuses } };
    expect(toPipeline(pipelineRow.parse(row)).stages).toEqual([
      { id: "5", name: "New", sort: 10, outcome: "open" },
      { id: "142", name: "", sort: 10_000, outcome: "won" },
      { id: "143", name: "", sort: 0, outcome: "lost" },
    ]);
  });
});
