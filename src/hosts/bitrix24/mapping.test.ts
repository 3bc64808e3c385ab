import { describe, expect, it } from "vitest";
import { toActivity, toClient, toDeal, toPipeline, toStageEntry } from "./mapping.ts";

const deal = {
  id: 351,
  categoryId: 9,
  stageId: "C9:WON",
  stageSemanticId: "S",
  opportunity: 19999.99,
  currencyId: "USD",
  companyId: 0,
  contactId: 7,
  contactIds: [5, 7],
  assignedById: 6,
  createdTime: "2024-07-23T19:10:26+02:00",
  updatedTime: "2024-07-24T18:19:21+02:00",
  movedTime: "2024-07-24T18:19:21+02:00",
  closedate: "2024-07-31T02:00:00+02:00",
  sourceId: "",
  utmSource: "search",
  utmMedium: null,
  isRecurring: "N",
};

describe("toDeal", () => {
  it("reads a deal as the universal methods send it", () => {
    expect(toDeal(deal, "RUB")).toEqual({
      entity: "deal",
      id: "351",
      pipelineId: "9",
      stageId: "C9:WON",
      outcome: "won",
      amountMinor: 1_999_999,
      currency: "USD",
      companyId: null,
      contactIds: ["7", "5"],
      responsibleId: "6",
      createdAt: Date.UTC(2024, 6, 23, 17, 10, 26),
      updatedAt: Date.UTC(2024, 6, 24, 16, 19, 21),
      closedAt: Date.UTC(2024, 6, 24, 16, 19, 21),
      closeDay: "2024-07-31",
      sourceId: null,
      utm: { source: "search", medium: null, campaign: null },
      lossReasonId: null,
      isTemplate: false,
    });
  });

  it("takes texts for numbers, and every spelling of nothing", () => {
    const old = toDeal(
      {
        ...deal,
        id: "351",
        categoryId: "0",
        opportunity: "1234.5",
        currencyId: null,
        companyId: "12",
        contactId: "0",
        contactIds: "",
        isRecurring: "Y",
        closedate: "",
        movedTime: null,
      },
      "RUB",
    );
    expect(old).toMatchObject({
      pipelineId: "0",
      amountMinor: 123_450,
      currency: "RUB",
      companyId: "12",
      contactIds: [],
      isTemplate: true,
      closeDay: null,
      closedAt: null,
    });
  });

  it.each([null, "", undefined, "many", false])(
    "has no sum and no currency for %j",
    (opportunity) => {
      expect(toDeal({ ...deal, opportunity }, "RUB")).toMatchObject({
        amountMinor: null,
        currency: null,
      });
    },
  );

  it("keeps a sum of zero and a refund apart from no sum", () => {
    expect(toDeal({ ...deal, opportunity: 0 }, "RUB").amountMinor).toBe(0);
    expect(toDeal({ ...deal, opportunity: "-10.00" }, "RUB").amountMinor).toBe(-1_000);
  });

  it("judges by the semantics, never by the stage's name, and has no closing moment while open", () => {
    expect(toDeal({ ...deal, stageSemanticId: "P" }, "RUB")).toMatchObject({
      outcome: "open",
      closedAt: null,
    });
    expect(toDeal({ ...deal, stageSemanticId: "F" }, "RUB").outcome).toBe("lost");
  });

  it("takes the close day from the portal's own calendar on both sides of midnight", () => {
    for (const [text, day] of [
      ["2024-08-01T00:30:00+03:00", "2024-08-01"],
      ["2024-07-31T23:30:00-05:00", "2024-07-31"],
      ["2024-07-31", "2024-07-31"],
    ] as const) {
      expect(toDeal({ ...deal, closedate: text }, "RUB").closeDay).toBe(day);
    }
  });

  it("refuses a row without an id or a time, and says which field", () => {
    for (const [bad, field] of [
      [{ ...deal, id: null }, "deal.id"],
      [{ ...deal, createdTime: "", updatedTime: null }, "deal.createdTime"],
    ] as const) {
      expect(() => toDeal(bad, "RUB")).toThrow(
        expect.objectContaining({ code: "host.bad_answer", details: { field } }),
      );
    }
  });
});

describe("toClient", () => {
  const field = {
    fieldId: "9",
    options: new Map([
      ["tier:vip", "79"],
      ["segment:lost", "80"],
    ]),
  };
  const row = {
    id: 4,
    createdTime: deal.createdTime,
    updatedTime: deal.updatedTime,
    assignedById: 1,
  };

  it("shows our labels under each spelling of the field and leaves people's own out", () => {
    for (const name of ["UF_CRM_PULSE_TAGS", "ufCrm_PULSE_TAGS", "ufCrmPulseTags"]) {
      expect(toClient("contact", { ...row, [name]: [79, 500] }, field).ourTags).toEqual([
        "tier:vip",
      ]);
    }
    for (const none of [false, "", null, [], undefined]) {
      expect(toClient("contact", { ...row, UF_CRM_PULSE_TAGS: none }, field).ourTags).toEqual([]);
    }
  });

  it("knows the portal's own companies", () => {
    expect(toClient("company", { ...row, isMyCompany: "Y" }, null).isOwn).toBe(true);
    expect(toClient("contact", { ...row, isMyCompany: "Y", companyId: 3 }, null)).toMatchObject({
      isOwn: false,
      companyId: "3",
    });
  });
});

describe("other records", () => {
  it("reads upper-case activities of every kind", () => {
    const row = {
      ID: "20",
      OWNER_ID: "15",
      OWNER_TYPE_ID: "3",
      TYPE_ID: "2",
      PROVIDER_ID: "VOXIMPLANT_CALL",
      DIRECTION: "2",
      COMPLETED: "Y",
      START_TIME: "2020-09-27T13:25:00+03:00",
      CREATED: "2020-09-27T13:26:55+03:00",
      LAST_UPDATED: "2021-03-21T20:28:24+03:00",
    };
    expect(toActivity(row)).toMatchObject({
      id: "20",
      kind: "call",
      direction: "out",
      isDone: true,
      dealId: null,
      client: { kind: "contact", id: "15" },
    });
    const kinds = [
      ["6", "IMOPENLINES_SESSION", "chat"],
      ["6", "CRM_TODO", "task"],
      ["4", "CRM_EMAIL", "email"],
      ["1", "CRM_MEETING", "meeting"],
      ["6", "CONFIGURABLE_REST_APP", "other"],
    ] as const;
    for (const [TYPE_ID, PROVIDER_ID, kind] of kinds) {
      expect(toActivity({ ...row, TYPE_ID, PROVIDER_ID }).kind).toBe(kind);
    }
    expect(toActivity({ ...row, OWNER_TYPE_ID: "2" })).toMatchObject({
      dealId: "15",
      client: null,
    });
    expect(toActivity({ ...row, OWNER_TYPE_ID: "1" })).toMatchObject({
      dealId: null,
      client: null,
    });
  });

  it("counts an apology as a loss and never looks at a stage's code", () => {
    const stage = (STATUS_ID: string, SEMANTICS: string | null, extra: string) => ({
      STATUS_ID,
      NAME: STATUS_ID,
      SORT: "10",
      SEMANTICS,
      EXTRA: { SEMANTICS: extra },
    });
    const { stages } = toPipeline({ id: 0, name: "General", sort: 100 }, [
      stage("C9:UC_A", null, "process"),
      stage("C9:UC_B", "S", "success"),
      stage("C9:WON", null, "apology"),
    ]);
    expect(stages.map(({ outcome }) => outcome)).toEqual(["open", "won", "lost"]);
  });

  it("reads a step through the stages", () => {
    const row = {
      ID: 35,
      OWNER_ID: 21,
      CREATED_TIME: "2024-04-25T14:59:11+00:00",
      CATEGORY_ID: 0,
      STAGE_SEMANTIC_ID: "P",
      STAGE_ID: "NEW",
    };
    expect(toStageEntry(row)).toMatchObject({
      id: "35",
      dealId: "21",
      pipelineId: "0",
      outcome: "open",
    });
  });
});
