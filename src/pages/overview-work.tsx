import type { PartProps } from "./overview.tsx";
import { fill } from "./texts/fill.ts";
import { islandTexts } from "./texts/island.ts";
import { lookUp } from "./texts/params.ts";

/** First sync: what is read, how fast, and when it ends. The island keeps the numbers moving. */
export function SyncPanel({ overview, texts, format }: PartProps) {
  const { sync } = overview;
  if (sync.phase === "done") return null;
  const words = islandTexts(format.locale);
  return (
    <section class="panel sync" aria-labelledby="sync" data-sync={sync.phase}>
      <h2 id="sync">{texts.sections.sync}</h2>
      <p class="quiet" data-sync-summary role="status">
        {[
          words.phase[sync.phase],
          sync.recordsPerSecond === null
            ? null
            : fill(words.rate, { n: format.int(sync.recordsPerSecond) }),
          sync.secondsLeft === null
            ? null
            : fill(words.left, { time: format.duration(sync.secondsLeft) }),
        ]
          .filter(Boolean)
          .join(", ")}
      </p>
      <ul>
        {sync.entities.map((row) => {
          const label = lookUp(words.entities, row.entity) ?? words.entityFallback;
          const total = row.total ?? (row.isComplete ? row.done : null);
          return (
            <li data-sync-entity={row.entity}>
              <span>{label}</span>
              {total === null ? (
                <progress aria-label={label} />
              ) : (
                <progress
                  aria-label={label}
                  max={Math.max(1, total)}
                  value={row.isComplete ? Math.max(1, total) : row.done}
                />
              )}
              <span class="num">
                {total === null
                  ? format.int(row.done)
                  : fill(words.of, { done: format.int(row.done), total: format.int(total) })}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The one playbook on offer: who, what, and a dry run before anything is written. */
export function PlaybookPanel({ part, isAdmin }: { part: PartProps; isAdmin: boolean }) {
  const { texts } = part;
  const playbook = texts.playbooks.at_risk;
  return (
    <section class="panel playbook" aria-labelledby="playbook" data-playbook="at_risk">
      <h2 id="playbook">
        {texts.sections.playbook}: {playbook.name}
      </h2>
      <p>{playbook.who}</p>
      <p>{playbook.what}</p>
      <p class="promise">{texts.playbookPromise}</p>
      {isAdmin ? (
        <button type="button" class="primary" data-dry-run="at_risk">
          {texts.dryRun}
        </button>
      ) : (
        <p class="quiet">{texts.adminOnly}</p>
      )}
      <div data-dry-run-result aria-live="polite" />
    </section>
  );
}
