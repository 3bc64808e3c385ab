import type { SegmentationDocument } from "../crm/segmentation.ts";
import { fill } from "../pages/texts/fill.ts";
import type { Format, Locale } from "../pages/texts/format.ts";
import { textsOf } from "../pages/texts/index.ts";

/**
 * What the terminal says of segmentation: who moved, the churn threshold with both errors, and the rule that was asked for.
 * What is not known has no line.
 */
export function segmentationLines(
  found: SegmentationDocument,
  locale: Locale,
  format: Format,
): string[] {
  const texts = textsOf(locale).segmentation;
  return [
    ...migrationLine(found, texts.terminal, format),
    ...churnLine(found.churnThreshold, texts.churn, format),
    ...ruleLines(found, locale, format),
  ];
}

type Words = ReturnType<typeof textsOf>["segmentation"];

function migrationLine(
  { migration }: SegmentationDocument,
  words: Words["terminal"],
  format: Format,
): string[] {
  if (migration === null) return [];
  const { moved, gainedMinor, lostMinor } = migration.segment;
  const values = { from: format.day(migration.from), clients: format.clients(moved) };
  if (gainedMinor === null || lostMinor === null) return [fill(words.migrationNoMoney, values)];
  return [
    fill(words.migration, {
      ...values,
      gained: format.money(gainedMinor),
      lost: format.money(lostMinor),
    }),
  ];
}

function churnLine(
  found: SegmentationDocument["churnThreshold"],
  words: Words["churn"],
  format: Format,
): string[] {
  const best = found.recommended;
  if (best === null || best.falseAlarms === null || best.missedShare === null) return [];
  return [
    fill(words.sentence, {
      days: format.days(best.days),
      alarms: format.percent(best.falseAlarms),
      missed: format.percent(best.missedShare),
    }),
  ];
}

function ruleLines({ custom }: SegmentationDocument, locale: Locale, format: Format): string[] {
  if (custom === null) return [];
  const texts = textsOf(locale).segmentation;
  const { count } = custom;
  const line = fill(texts.terminal.rule, {
    code: custom.code,
    clients: format.clients(count.matched),
    share: format.percent(count.share),
    money: format.moneyExact(count.moneyMinor),
  });
  const unknown =
    count.unknown === 0
      ? []
      : [fill(texts.terminal.ruleUnknown, { clients: format.clients(count.unknown) })];
  const warnings = count.warnings.map(({ code, limit, value, facts }) =>
    fill(texts.rules.warnings[code], {
      limit: code === "too_few" ? format.int(limit) : format.percent(limit),
      share: format.percent(value),
      facts: facts.join(", "),
    }),
  );
  return [line, ...[...unknown, ...warnings].map((text) => `  ${text}`)];
}
