import type { CardDocument } from "../crm/card.ts";
import { chanceRange, lifecycleName, segmentName } from "./card-texts.ts";
import { Spark } from "./charts.tsx";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import { lookUp } from "./texts/params.ts";
import type { CardTexts, Scale } from "./texts/texts.ts";

interface FactsProps {
  readonly card: CardDocument;
  readonly texts: CardTexts;
  readonly format: Format;
}

/** Who the client is, what they brought, what is expected, and the last twelve months. */
export function Facts({ card, texts, format }: FactsProps) {
  if (card.state === "no_permission") return null;
  const hasAny = card.segment || card.worth || card.forecast || card.history.lastPurchaseAt;
  if (!hasAny) return null;
  return (
    <section class="facts">
      <dl>
        <Who card={card} texts={texts} format={format} />
        <Worth card={card} texts={texts} format={format} />
        <Forecast card={card} texts={texts} format={format} />
        <Last card={card} texts={texts} format={format} />
      </dl>
      <Spark
        rows={card.spark}
        currencyKnown={card.worth?.totalMinor !== null}
        texts={texts}
        format={format}
      />
    </section>
  );
}

function Who({ card, texts }: FactsProps) {
  const segment = card.segment;
  if (!segment) return null;
  const stage = lifecycleName(card, texts);
  const abc = segment.abc ? lookUp(texts.abc, segment.abc) : null;
  const xyz = segment.xyz ? lookUp(texts.xyz, segment.xyz) : null;
  return (
    <>
      <dt>{texts.labels.segment}</dt>
      <dd>
        <b>{segmentName(segment.name, texts)}</b>
        {segment.from ? (
          <span class="quiet">
            {" "}
            {fill(texts.was, { segment: segmentName(segment.from, texts) })}
          </span>
        ) : null}
        <ul class="chips">
          {stage && segment.lifecycle !== segment.name ? (
            <li title={texts.labels.lifecycle}>{stage}</li>
          ) : null}
          {[abc, xyz, ...segment.custom].map((text) => (text ? <li>{text}</li> : null))}
        </ul>
        <Rfm code={segment.rfm} texts={texts} />
      </dd>
    </>
  );
}

/** Three scores with their words: a bare digit means opposite things in different products. */
function Rfm({ code, texts }: { code: string; texts: CardTexts }) {
  const match = /^([1-5])([1-5])([1-5])$/.exec(code);
  if (!match) return null;
  const part = (letter: string, digit: string | undefined, scale: Scale) => {
    const word = scale[Number(digit) - 1];
    return (
      <span class="rfm">
        <b>
          {letter}
          {digit}
        </b>{" "}
        {word}
      </span>
    );
  };
  return (
    <p class="rfms quiet">
      {part("R", match[1], texts.rfm.recency)}
      {part("F", match[2], texts.rfm.frequency)}
      {part("M", match[3], texts.rfm.money)}
    </p>
  );
}

function Worth({ card, texts, format }: FactsProps) {
  const worth = card.worth;
  if (!worth) return null;
  return (
    <>
      <dt>{texts.labels.worth}</dt>
      <dd>
        {worth.totalMinor === null ? (
          <span class="quiet">{texts.unknownMoney}</span>
        ) : (
          <b title={`${format.moneyExact(worth.totalMinor)}, ${texts.basis[worth.basis]}`}>
            {format.money(worth.totalMinor)}
          </b>
        )}
        , {format.purchases(worth.purchases)}
        {worth.averageMinor === null ? null : (
          <span class="quiet" title={format.moneyExact(worth.averageMinor)}>
            , {fill(texts.average, { sum: format.money(worth.averageMinor) })}
          </span>
        )}
      </dd>
    </>
  );
}

function Forecast({ card, texts, format }: FactsProps) {
  const forecast = card.forecast;
  if (!forecast || card.tier === 0 || card.state === "licence_ended") return null;
  const { ltv, nextPurchase } = forecast;
  return (
    <>
      <dt>{texts.labels.forecast}</dt>
      <dd>
        <span title={texts.chanceHint}>
          {fill(texts.chance, {
            days: format.days(forecast.horizonDays),
            range: chanceRange(1 - forecast.pChurn, format),
          })}
        </span>
        {nextPurchase ? (
          <span class="line">
            {fill(texts.nextPurchase, {
              from: format.dayShort(nextPurchase.p20),
              to: format.dayShort(nextPurchase.p80),
            })}
          </span>
        ) : null}
        {ltv ? (
          <span
            class="line"
            title={`${format.moneyExact(ltv.lowMinor)} – ${format.moneyExact(ltv.highMinor)}`}
          >
            {fill(texts.ltv, {
              range: format.moneyRange(ltv.lowMinor, ltv.highMinor),
              days: format.days(ltv.horizonDays),
            })}
          </span>
        ) : null}
      </dd>
    </>
  );
}

function Last({ card, texts, format }: FactsProps) {
  const { lastPurchaseAt, lastContact } = card.history;
  return (
    <>
      {lastPurchaseAt ? (
        <>
          <dt>{texts.labels.lastPurchase}</dt>
          <dd>{format.day(lastPurchaseAt)}</dd>
        </>
      ) : null}
      {lastContact ? (
        <>
          <dt>{texts.labels.lastContact}</dt>
          <dd>
            {fill(texts.contact[lastContact.direction ?? "any"], {
              kind: lookUp(texts.contactKinds, lastContact.kind) ?? texts.contactFallback,
            })}
            , {format.day(lastContact.at)}
          </dd>
        </>
      ) : null}
    </>
  );
}
