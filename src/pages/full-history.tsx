import type { CardDocument } from "../crm/card.ts";
import type { CardDetail } from "../crm/card-detail.ts";
import { segmentName } from "./card-texts.ts";
import { percent, ShareBar } from "./charts.tsx";
import { TableHead } from "./table-head.tsx";
import { fill } from "./texts/fill.ts";
import type { Format } from "./texts/format.ts";
import { fullCardTexts } from "./texts/full-card.ts";
import { textsOf } from "./texts/index.ts";
import { lookUp } from "./texts/params.ts";
import type { CardTexts } from "./texts/texts.ts";

interface PartProps {
  readonly card: CardDocument;
  readonly detail: CardDetail;
  readonly format: Format;
}

/** Scores by week, and when the client moved to another segment, stage or band. */
export function Moves({ card, detail, format }: PartProps) {
  const texts = fullCardTexts(format.locale);
  const words = textsOf(format.locale).card;
  return (
    <section class="moves" aria-labelledby="moves">
      <h2 id="moves">{texts.changed}</h2>
      {card.health && detail.scores.length > 1 ? (
        <Scores card={card} detail={detail} format={format} />
      ) : null}
      {detail.moves.length === 0 ? (
        <p class="quiet">{texts.changedEmpty}</p>
      ) : (
        <ol class="events">
          {detail.moves.map((move) => (
            <li>
              <time datetime={move.day}>{format.day(move.day)}</time>
              <span>
                {texts.moveKinds[move.kind]}: {stateName(move, "before", words)} →{" "}
                <b>{stateName(move, "after", words)}</b>
                <span class="line quiet">{texts.causes[move.cause]}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

type Move = CardDetail["moves"][number];

function stateName(move: Move, side: "before" | "after", words: CardTexts): string {
  const code = move[side] ?? "";
  if (move.kind === "segment") return segmentName(code, words);
  const table: Readonly<Record<string, string>> =
    move.kind === "lifecycle" ? words.lifecycle : words.bandsLower;
  return lookUp(table, code) ?? words.unknownSegment;
}

const SCORE_HEIGHT = 56;

/** Dots joined by lines over the limits of the bands; the numbers stand in the table beside it. */
function Scores({ card, detail, format }: PartProps) {
  const texts = fullCardTexts(format.locale);
  const rows = detail.scores;
  const x = (at: number) => percent(0.02 + (0.96 * at) / (rows.length - 1));
  const y = (score: number) => 4 + (1 - score / 100) * (SCORE_HEIGHT - 8);
  const limits = card.health ? [card.health.bandFrom.good, card.health.bandFrom.watch] : [];
  return (
    <figure class="scores">
      <svg width="100%" height={SCORE_HEIGHT} aria-hidden="true">
        {limits.map((limit) => (
          <line class="limit" x1="0" x2="100%" y1={y(limit)} y2={y(limit)} />
        ))}
        {rows.slice(1).map((row, at) => (
          <line x1={x(at)} x2={x(at + 1)} y1={y(rows[at]?.score ?? row.score)} y2={y(row.score)} />
        ))}
        {rows.map((row, at) => (
          <circle cx={x(at)} cy={y(row.score)} r="2.5">
            <title>{`${format.dayYear(row.day)}: ${format.int(row.score)}`}</title>
          </circle>
        ))}
      </svg>
      <figcaption class="quiet">{texts.scores}</figcaption>
      <div class="sr">
        <table>
          <caption>{texts.scores}</caption>
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">{format.dayYear(row.day)}</th>
                <td>{format.int(row.score)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

/** What was proposed, written, done by people, and taken back. */
export function PlaybookHistory({ detail, format }: PartProps) {
  const texts = fullCardTexts(format.locale);
  const names = textsOf(format.locale).overview.playbooks;
  return (
    <section class="playbooks" aria-labelledby="playbooks">
      <h2 id="playbooks">{texts.playbooks}</h2>
      {detail.playbooks.length === 0 ? (
        <p class="quiet">{texts.playbooksEmpty}</p>
      ) : (
        <ol>
          {detail.playbooks.map((entry) => (
            <li>
              <p>
                <b>{lookUp(names, entry.playbook)?.name ?? texts.playbookFallback}</b>
                <span class="line quiet">
                  {[
                    fill(texts.proposed, { date: format.day(entry.proposedOn) }),
                    ...(entry.approvedOn === null
                      ? []
                      : [fill(texts.approved, { date: format.day(entry.approvedOn) })]),
                  ].join(", ")}
                </span>
              </p>
              <ul>
                {entry.writes.map((write) => (
                  <li>
                    <span>{lookUp(texts.writeKinds, write.kind) ?? texts.writeFallback}</span>
                    <span class={`state ${write.state}`}>
                      {texts.writeStates[write.state]}, {format.day(write.day)}
                    </span>
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Product groups with their share of the money; nothing where the CRM has none. */
export function Groups({ detail, format }: PartProps) {
  const { groups } = detail;
  if (groups.length === 0) return null;
  const texts = fullCardTexts(format.locale);
  const most = Math.max(1, ...groups.map(({ amountMinor }) => amountMinor ?? 0));
  return (
    <section class="groups" aria-labelledby="groups">
      <h2 id="groups">{texts.groups}</h2>
      <table>
        <caption class="sr">{texts.groups}</caption>
        <TableHead
          columns={[
            { name: texts.columns.group },
            { name: texts.columns.purchases, isNumber: true },
            { name: texts.columns.amount, isNumber: true },
            { name: texts.columns.last },
          ]}
        />
        <tbody>
          {groups.map((group) => (
            <tr>
              <th scope="row">
                {group.name}
                <ShareBar share={(group.amountMinor ?? 0) / most} kind="money" />
              </th>
              <td class="num">{format.int(group.purchases)}</td>
              <td class="num">
                {group.amountMinor === null ? "–" : format.money(group.amountMinor)}
              </td>
              <td>{format.day(group.lastOn)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
