import type { PartProps } from "./overview.tsx";
import { AbcPanel, TemplatePanel, TiersPanel, XyzPanel } from "./segments-groups.tsx";
import { RfmPanel } from "./segments-method.tsx";
import { ChurnPanel, MigrationPanel } from "./segments-moves.tsx";
import { RulesPanel } from "./segments-rules.tsx";
import { textsOf } from "./texts/index.ts";

/** Segments compared, moved and measured: everything about who the clients are. */
export function SegmentsAndMigration({ overview, names, format, texts }: PartProps) {
  const own = textsOf(format.locale).segmentation;
  const found = overview.segmentation ?? null;
  const part = found && { found, texts: own, names, format, showTable: texts.showTable };
  return (
    <section class="segmentation" aria-labelledby="segmentation">
      <div class="intro">
        <h2 id="segmentation">{own.title}</h2>
        <p class="quiet">{own.lead}</p>
      </div>
      {part === null || part.found.clients === 0 ? (
        <p class="panel empty">{own.empty}</p>
      ) : (
        <div class="pair">
          <div class="column">
            <MigrationPanel {...part} />
            <RfmPanel {...part} />
            <RulesPanel {...part} />
          </div>
          <div class="column">
            <ChurnPanel {...part} />
            <AbcPanel {...part} />
            <TemplatePanel {...part} />
            <TiersPanel {...part} />
            <XyzPanel {...part} />
          </div>
        </div>
      )}
    </section>
  );
}
