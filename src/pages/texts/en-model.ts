import type { ModelTexts } from "./model-texts.ts";

export const modelEn: ModelTexts = {
  title: "How far to believe the forecast",
  lead: "Tested on your own history ({date}): we take only what was known on a past day and compare it with what happened next. Tests made: {windows}.",
  states: {
    usable: { title: "The forecast can be believed: it beats the plain rule", text: "" },
    no_signal: {
      title: "Your history does not show who will leave",
      text: "Clients tested: {clients}. The forecast cannot tell those who leave from the rest, so one rate is shown for everybody: {share} do not buy within {days}. Rely on facts: how long a client is silent and what the client brings.",
    },
    unproven: {
      title: "The forecast is not proven yet",
      text: "Clients tested: {clients}. With so few, skill and luck look the same. The scores are shown, but do not decide by them alone.",
    },
    refused: {
      title: "There is nothing to test on yet",
      text: "To test a forecast of {days} we need a past day on which the base already had 50 clients, 20 of them with a second purchase, and {days} after it. Until then the scores are an assumption.",
    },
    tier_0: { title: "No forecasts yet", text: "" },
    untested: {
      title: "Not tested yet",
      text: "The test is made once a month, together with the night's scoring.",
    },
  },
  even: "The forecast works, but no better than the plain rule",
  missing: {
    few_clients: "Clients with purchases: {clients}, at least 50 are needed.",
    few_repeat_buyers: "Bought again: {repeat}, at least 20 are needed.",
    nobody_returns:
      "{share} of the clients bought again, at least 2% are needed: otherwise a forecast would be guessing.",
  },
  until: "If clients go on buying, the test becomes possible on {date}.",
  untilUnknown: "When there will be enough cannot be told from today's data.",
  reasons: {
    ranking_is_chance: "The order of clients by risk is no better than chance.",
    no_better_than_base_rate: "The odds are no better than one rate for everybody.",
  },
  story: {
    title: "Whom we would have told you to call",
    list: "On {date} the call list had {clients}. In the next {days}, {hits} of them did not buy.",
    hits: "Right",
    right: "None was wrong.",
    wrong: "Wrong: {wrong} of {k}, these clients bought by themselves.",
    forecast: "Forecast",
    rule: "Rule “silent the longest”",
    chance: "At random",
    bar: "{hits} of {k}",
    team: "The list is as long as your team's working week of calls ({n}).",
    tenth: "The list is a tenth of those who bought recently.",
    sample: "Tested on a sample: every list is shorter by the same factor.",
  },
  versus: {
    better: "Better than the silence rule in {won} of {windows} tests.",
    even: "The silence rule does as well on your data (the forecast was better in {won} of {windows} tests). The difference may be chance, so the scores stay with the model.",
    ruleInUse: "In the newest test the silence rule beat the model, so it makes the scores.",
  },
  inUse: "The scores now come from {method}.",
  methods: {
    core: "the purchase model",
    layer: "the purchase model corrected by what is known of the clients",
    hiatus: "the silence rule",
    baseRate: "one rate for everybody",
  },
  facts: {
    warning: "Warning in advance",
    warningText:
      "Stopped buying: {clients}. We would have named {earlier} before the rule “silent for {days}”, usually {lead} earlier.",
    warningSome:
      "Stopped buying: {clients}. We would have named only {earlier} before the rule “silent for {days}”: for the others the forecast waits longer than the rule.",
    warningNone: "The forecast would not have warned before the rule “silent for {days}”.",
    totals: "Purchases in all",
    totalsText: "expected {predicted}, seen {actual} ({difference})",
    ranges: "The 8-in-10 range",
    rangesText: "held for {share} of the clients (should be 80% or more)",
  },
  drift: {
    title: "The forecast is drifting",
    more: "At least twice there were more buyers than we expected, by more than 15%. Demand has changed: scores are probably too low now.",
    fewer:
      "At least twice there were fewer buyers than we expected, by more than 15%. Demand has changed: scores are probably too high now.",
    both: "At least twice the number of buyers was off by more than 15%, once above and once below. Take totals with care; the order of clients is not affected.",
  },
  calibration: {
    title: "Said and came true",
    hint: "A dot is a tenth of the clients. On the line, exactly as many as said did not buy.",
    said: "chance of no purchase: said",
    seen: "did not buy",
    clients: "Clients",
  },
  bands: {
    title: "What the limits of the score mean",
    good: "{good} and above: about 7 of 10 or more buy within {days}",
    watch: "{watch} to {good}: about 5 or 6 of 10",
    risk: "below {watch}: less than half",
  },
  figures: {
    title: "Figures beside the plain rule",
    caption: "The newest test, those who bought recently",
    figure: "Figure",
    forecast: "Forecast",
    rule: "Silence rule",
    oneRate: "One rate for all",
    interval: "{low} to {high}",
    names: {
      precisionAtK: {
        name: "Right in a list of {k}",
        help: "Share of those who really did not buy among the riskiest.",
      },
      auc: {
        name: "Right order (AUC)",
        help: "Of two clients, one left and one bought: how often the one who left stands higher by risk. 50% is a coin. Below: from and to, allowing for luck.",
      },
      ece: {
        name: "Said against came true (ECE)",
        help: "How far the share we name is off on average. Less is better.",
      },
      brier: {
        name: "Error of the odds (Brier)",
        help: "Square of the difference between the chance and what happened. Less is better.",
      },
      logLoss: {
        name: "Price of overconfidence (log-loss)",
        help: "Punishes most for “surely buys” about one who left. Less is better.",
      },
    },
  },
  windows: {
    title: "All tests",
    cutoff: "Day",
    clients: "Clients",
    method: "Method",
    stayedAway: "Did not buy",
    pair: "{who}: forecast / rule",
    figures: { precisionAtK: "Right", auc: "AUC", logLoss: "log-loss" },
    populations: {
      active: "Those who bought in the last {days}",
      all: "Everybody who ever bought",
    },
    short: { core: "model", layer: "model+", hiatus: "rule", baseRate: "rate" },
  },
};
