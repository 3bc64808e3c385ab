import type { SegmentationDocument } from "../crm/segmentation.ts";

/** Invented segments of an invented base, for tests, screenshots and the eye. Never shown to a client. */

export const CLIENTS = 1196;

type Group = readonly [code: string, clients: number, moneyMinor: number];

export const groups = (rows: readonly Group[]) =>
  rows.map(([code, clients, moneyMinor]) => ({
    code,
    clients,
    share: clients / CLIENTS,
    moneyMinor,
  }));

type Boundary = readonly [score: number, from: number | null, to: number | null];

const ranges = (rows: readonly Boundary[]) =>
  rows.map(([score, from, to]) => ({ score, from, to }));

type Switch = readonly [from: string, to: string, clients: number, moneyMinor: number];

const switches = (rows: readonly Switch[]) =>
  rows.map(([from, to, clients, moneyMinor]) => ({ from, to, clients, moneyMinor }));

type Move = readonly [
  from: string | null,
  to: string | null,
  clients: number,
  moneyMinor: number | null,
  revenueMinor: number,
];

export const moves = (rows: readonly Move[]) =>
  rows.map(([from, to, clients, moneyMinor, revenueMinor]) => ({
    from,
    to,
    clients,
    moneyMinor,
    revenueMinor,
    cause: "behaviour" as const,
  }));

type Errors = readonly [calledLost: number, cameBack: number, missed: number];

export const errors = ([calledLost, cameBack, missed]: Errors) => ({
  calledLost,
  cameBack,
  falseAlarms: cameBack / calledLost,
  missed,
  missedShare: missed / (missed + calledLost - cameBack),
});

export const threshold = (days: number, repeat: Errors, first: Errors) => ({
  days,
  ...errors(repeat),
  oneTime: errors(first),
});

const recipe = (code: string, matched: number, moneyMinor: number) => ({
  code,
  needs: null,
  rule: {
    code,
    when: {
      all: [
        { fact: "valueTier", in: ["vip"] },
        { fact: "daysSinceLast", over: 60 },
      ],
    },
  },
  count: {
    base: CLIENTS,
    matched,
    notMatched: CLIENTS - matched,
    unknown: 0,
    share: matched / CLIENTS,
    moneyMinor,
    warnings:
      matched < 20
        ? [{ code: "too_few" as const, limit: 20, value: matched, facts: [] as string[] }]
        : [],
  },
});

export const RECIPES: SegmentationDocument["recipes"] = [
  {
    code: "bought_group",
    needs: "group",
    rule: {
      code: "bought_group",
      when: { all: [{ fact: "boughtGroup", in: ["12"], withinDays: 14 }] },
    },
    count: null,
  },
  recipe("vip_silent", 53, 498_043_369),
  recipe("second_purchase_due", 36, 27_186_987),
  recipe("date_passed", 103, 769_309_923),
  recipe("loyal_slipping", 33, 381_577_104),
  recipe("win_back", 357, 2_011_833_030),
  recipe("large_first", 6, 21_551_976),
  recipe("returned", 47, 164_083_707),
];

export const SAMPLE_RFM: SegmentationDocument["rfm"] = {
  method: "quintiles",
  boundaries: {
    recencyDays: ranges([
      [5, 0, 23],
      [4, 24, 80],
      [3, 81, 209],
      [2, 210, 504],
      [1, 505, null],
    ]),
    purchaseDays: ranges([
      [5, 10, null],
      [4, 6, 9],
      [3, 4, 5],
      [2, 2, 3],
      [1, 1, 1],
    ]),
    moneyMinor: ranges([
      [5, 5_378_486, null],
      [4, 2_594_344, 5_378_485],
      [3, 1_191_152, 2_594_343],
      [2, 566_209, 1_191_151],
      [1, null, 566_208],
    ]),
  },
  segments: groups([
    ["champions", 164, 1_587_001_920],
    ["loyal", 88, 712_172_733],
    ["potential_loyalist", 117, 172_508_753],
    ["new", 118, 54_987_236],
    ["promising", 82, 173_109_017],
    ["need_attention", 77, 297_169_977],
    ["about_to_sleep", 58, 34_807_335],
    ["at_risk", 159, 1_088_239_396],
    ["cannot_lose", 50, 310_728_076],
    ["hibernating", 198, 188_037_600],
    ["lost", 85, 36_323_206],
  ]),
  alternative: {
    method: "thresholds",
    boundaries: {
      recencyDays: ranges([
        [5, 0, 22],
        [4, 23, 44],
        [3, 45, 88],
        [2, 89, 176],
        [1, 177, null],
      ]),
      purchaseDays: ranges([
        [5, 10, null],
        [4, 5, 9],
        [3, 3, 4],
        [2, 2, 2],
        [1, 1, 1],
      ]),
      moneyMinor: ranges([
        [5, 7_044_260, null],
        [4, 3_522_130, 7_044_259],
        [3, 1_761_065, 3_522_129],
        [2, 880_533, 1_761_064],
        [1, null, 880_532],
      ]),
    },
    segments: groups([
      ["champions", 116, 1_278_531_696],
      ["loyal", 68, 459_453_304],
      ["potential_loyalist", 131, 223_020_217],
      ["new", 74, 40_005_152],
      ["promising", 31, 45_111_214],
      ["need_attention", 43, 190_797_374],
      ["about_to_sleep", 51, 33_324_245],
      ["at_risk", 205, 1_043_926_075],
      ["cannot_lose", 98, 1_010_329_934],
      ["hibernating", 155, 209_596_223],
      ["lost", 224, 120_989_815],
    ]),
  },
  alternativeReason: null,
  minClients: 50,
  switching: {
    clients: CLIENTS,
    changed: 414,
    share: 414 / CLIENTS,
    rows: switches([
      ["hibernating", "lost", 84, 47_027_070],
      ["at_risk", "cannot_lose", 48, 587_588_723],
      ["loyal", "at_risk", 47, 428_115_094],
      ["champions", "loyal", 34, 281_029_119],
      ["about_to_sleep", "lost", 34, 19_619_401],
      ["promising", "potential_loyalist", 33, 53_956_389],
      ["potential_loyalist", "hibernating", 27, 45_794_589],
      ["new", "hibernating", 25, 11_192_069],
      ["need_attention", "at_risk", 25, 75_990_596],
      ["hibernating", "at_risk", 20, 32_281_492],
      ["hibernating", "about_to_sleep", 19, 13_067_858],
      ["champions", "potential_loyalist", 18, 54_461_028],
    ]),
  },
  largeDeals: {
    capMinor: 3418870,
    purchaseDays: 75,
    clients: 36,
    changedScore: 0,
    changedSegment: 0,
  },
};
