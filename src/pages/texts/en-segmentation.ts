import type { SegmentationTexts } from "./segmentation-texts.ts";

export const segmentationEn: SegmentationTexts = {
  title: "Segments and migration",
  lead: "Who the clients of this base are, who moved within the month, and what it is worth.",
  empty: "Segments appear after the first won deal.",
  sections: {
    rfm: "How RFM is scored",
    template: "Ready template: four segments",
    tiers: "Value tiers",
    abc: "ABC and Pareto",
    xyz: "XYZ: how regularly they buy",
    migration: "Who moved where",
    churn: "After what silence a client is lost",
    rules: "Rules ready to use",
  },
  columns: {
    score: "Score",
    from: "Was",
    to: "Is",
    segment: "Segment",
    clients: "Clients",
    share: "Share",
    money: "Brought",
    change: "Money",
    rule: "Who",
    days: "Silence",
    class: "Class",
    moneyShare: "Share of money",
  },
  rfm: {
    methods: { quintiles: "quintiles of the base", thresholds: "thresholds" },
    methodHint: {
      quintiles: "A fifth of the base for every score; equal values share a score.",
      thresholds: "Limits in days, purchases and money that need no statistics.",
    },
    switching: "With the method “{method}”, another name: {clients} ({share}).",
    switchingNone: "With the method “{method}”, nobody would change the name.",
    fewClients: "Quintiles are offered from {n}: a fifth of a smaller base is chance.",
    inUse: "In use: {method}",
    other: "Alternative: {method}",
    largeDeals:
      "Large deals: {days} above {cap}. If the money score counted them for no more than that, {changed} would get another score. Reports of money always hold the full sums.",
    axes: { recency: "Days since", frequency: "Purchases", money: "Money" },
    range: { between: "{from}–{to}", upTo: "up to {to}", from: "from {from}", only: "{from}" },
  },
  abc: {
    basis: {
      revenue: "By revenue: margin is not known.",
      margin: "By margin: known for nearly all purchases.",
    },
    pareto: "{share} of clients give 80% of revenue",
    paretoMargin: "{share} of clients give 80% of margin",
    negative: "With a negative sum: {n}, together {money}. They are in class C.",
    unknown: "Without a known sum: {n}, no class.",
    curve: "Share of money that the best clients bring",
    clientsAxis: "share of clients",
  },
  xyz: {
    names: { X: "X: like clockwork", Y: "Y: uneven", Z: "Z: at random" },
    unknown: "too few purchases",
    hint: "By the variation of the gaps between purchases (from {gaps} gaps): X below {x}, Y up to {y}, Z above.",
  },
  lifecycle: {
    hint: "Limits from the rhythm of the base (usual gap {gap}): active up to {active} of silence, at risk up to {sleeping}, sleeping up to {lost}, then lost. A client's own rhythm moves the first limit. Loyal from {loyal} purchases.",
    hintNoRhythm:
      "Few have come back, the base has no rhythm yet. Active up to {active} of silence, sleeping after {sleeping}, lost after {lost}.",
    leads: "Have not bought yet: {n}",
  },
  template: {
    names: { new: "New", loyal: "Loyal", vip: "VIP", inactive: "Inactive" },
    rules: {
      new: "first purchase",
      loyal: "buys often: from {n} purchases",
      vip: "high average order: from {money}",
      inactive: "no orders for {months} months",
    },
    noVip: "high average order: nobody stands out in this base",
    precedence: "Everybody is in one segment. Inactive is asked first, then VIP, loyal and new.",
  },
  tiers: {
    names: { vip: "VIP", standard: "Standard", low_activity: "Low activity" },
    basis: {
      expected: "by expected money of {days}",
      revenue_12m: "by money of the last year",
      purchases_12m: "by purchases of the last year",
    },
    hint: "Silent for more than {days} is low activity. Of the others, VIPs are the most valuable, a tenth of the base at most, {basis}.",
    value: { expected: "Expected", revenue_12m: "In a year", purchases_12m: "Purchases a year" },
  },
  migration: {
    summary: "From {from} to {to}, changed stage: {clients}.",
    gained: "Some moves added {money}",
    lost: "others took {money}",
    basis: {
      expected: "Money: the change of what is expected over {days}.",
      revenue_12m: "Money: the change of revenue over 365 days.",
    },
    method: {
      rescored:
        "The base of a month ago is judged by today's limits: only behaviour moves anybody.",
      recorded: "Moves were recorded on the day they happened.",
    },
    boundary: "limits changed",
    newcomer: "was no client",
    gone: "no client any more",
    nobody: "Nobody moved in this time.",
    all: "All moves",
    bySegment: "By RFM segment",
    byLifecycle: "By stage",
  },
  churn: {
    sentence:
      "A threshold of {days} of silence: {alarms} of those called lost came back, {missed} of those who left were not noticed yet.",
    personal:
      "By the own rhythm ({gaps} usual gaps of the client): {alarms} came back, {missed} not noticed. Over their own limit today: {over} of {clients}.",
    how: "Measured on the past of this base: {checks} check days, each with {days} more to see. Who came back later counts as lost.",
    refused: {
      few_repeat_buyers: "No threshold: {have} have bought again, {need} are needed.",
      short_history: "No threshold: the history is too short to see who came back.",
      few_silences: "No threshold: too few clients left in the past.",
      no_signal:
        "No threshold: silence does not tell who left here. Whatever the days, one of the errors is above a half.",
    },
    falseAlarms: "came back (false alarm)",
    missed: "left, not noticed yet",
    daysAxis: "days of silence",
    chart: "Both errors of a silence threshold",
  },
  rules: {
    names: {
      bought_group: "Bought a product group within 14 days",
      vip_silent: "VIP without a purchase for 60 days",
      second_purchase_due: "Second purchase due",
      date_passed: "Usual time of a purchase has passed",
      loyal_slipping: "Loyal clients at risk",
      win_back: "Valuable sleepers",
      large_first: "Large first purchase",
      returned: "Back after a long silence",
    },
    hint: "A rule is made of any facts about a client. An unknown fact is neither yes nor no.",
    needsGroup: "needs a product group",
    notCounted: "not counted",
    warnings: {
      too_few:
        "under {limit} clients: no effect can be measured, the holdout would have fewer than four",
      too_broad: "more than {limit} of the base: that is no selection",
      unknown_facts: "unknown for {share} of the base: {facts}",
    },
  },
  terminal: {
    migration: "Changed segment since {from}: {clients}, money +{gained} and {lost}",
    migrationNoMoney: "Changed segment since {from}: {clients}",
    rule: "Rule {code}: {clients} ({share}), brought {money}",
    ruleUnknown: "cannot be told: {clients}",
  },
};
