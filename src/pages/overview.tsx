import type { OverviewDocument } from "../crm/overview.ts";
import { ApiUsePanel } from "./connection.tsx";
import { type PageContext, renderDocument, ThemeSwitch } from "./layout.tsx";
import { Lifecycle, Months, Segments } from "./overview-charts.tsx";
import { Cohorts } from "./overview-cohorts.tsx";
import { Goals } from "./overview-goals.tsx";
import { Kpis, MoreKpis } from "./overview-kpis.tsx";
import { ModelQuality } from "./overview-model.tsx";
import { ProductGroups } from "./overview-products.tsx";
import { Losses, Populations, PurchaseFunnel, Stages } from "./overview-sales.tsx";
import { Leads, ReadinessPanel, Sources } from "./overview-sources.tsx";
import { Spend } from "./overview-spend.tsx";
import { Attention, Quality } from "./overview-tables.tsx";
import { PlaybookPanel, SyncPanel } from "./overview-work.tsx";
import { SegmentsAndMigration } from "./segments-panel.tsx";
import { SettingsSection } from "./settings-panel.tsx";
import { fill } from "./texts/fill.ts";
import { type Format, makeFormat } from "./texts/format.ts";
import { textsOf } from "./texts/index.ts";
import { lookUp } from "./texts/params.ts";
import type { CardTexts, OverviewTexts } from "./texts/texts.ts";

export interface OverviewView extends PageContext {
  readonly overview: OverviewDocument;
}

/** What every part of the dashboard is given. */
export interface PartProps {
  readonly overview: OverviewDocument;
  readonly texts: OverviewTexts;
  /** Names of segments and stages live with the card. */
  readonly names: CardTexts;
  readonly format: Format;
}

/** The dashboard of the head of sales, complete; only live parts (sync progress, dry run) need the island. */
export function renderOverview(view: OverviewView): string {
  const { overview, locale } = view;
  const all = textsOf(locale);
  const part: PartProps = {
    overview,
    texts: all.overview,
    names: all.card,
    format: makeFormat(locale, overview.currency, overview.asOf),
  };
  const isAdmin = view.session?.role === "admin";
  return renderDocument({
    context: view,
    title: `${all.page.product}: ${all.overview.title}`,
    style: "app",
    island: "overview",
    body: (
      <>
        <Top view={view} part={part} />
        <main data-currency={overview.currency} data-as-of={overview.asOf}>
          <Banners {...part} />
          <SyncPanel {...part} />
          <Kpis {...part} />
          <div class="columns">
            <div class="column">
              <Attention {...part} />
              <ModelQuality {...part} />
              <Months {...part} />
              <Segments {...part} />
              <Cohorts {...part} />
              <Stages {...part} />
              <Sources {...part} />
              <ProductGroups {...part} />
              <Spend part={part} isAdmin={isAdmin} />
              <Leads {...part} />
            </div>
            <div class="column">
              <PlaybookPanel part={part} isAdmin={isAdmin} />
              <Lifecycle {...part} />
              <Goals part={part} isAdmin={isAdmin} />
              <PurchaseFunnel {...part} />
              <Populations {...part} />
              <ReadinessPanel {...part} />
              <Losses {...part} />
              <Quality {...part} />
              <ApiUsePanel {...part} />
            </div>
          </div>
          <SegmentsAndMigration {...part} />
          <MoreKpis {...part} />
          <SettingsSection part={part} isAdmin={isAdmin} />
        </main>
      </>
    ),
  });
}

function Top({ view, part }: { view: OverviewView; part: PartProps }) {
  const { overview, texts, format } = part;
  const product = textsOf(view.locale).page.product;
  return (
    <header class="top">
      <div>
        <h1>{product}</h1>
        <p class="quiet">
          {format.clients(overview.clients)}, {format.purchases(overview.purchases)},{" "}
          <span title={format.moneyExact(overview.revenueMinor)}>
            {format.money(overview.revenueMinor)}
          </span>
        </p>
      </div>
      <p class="meta quiet">
        <time datetime={overview.dataAsOf ?? overview.asOf} data-local-time>
          {fill(texts.asOf, {
            date: format.day((overview.dataAsOf ?? overview.asOf).slice(0, 10)),
          })}
        </time>
        <ThemeSwitch locale={view.locale} />
      </p>
    </header>
  );
}

/** Whatever makes the figures below less than the whole truth is said above them. */
function Banners({ overview, texts }: PartProps) {
  const lines = [
    lookUp(texts.portalStates, overview.portalState),
    overview.tierReason ? lookUp(texts.tierReasons, overview.tierReason) : null,
    ...overview.warnings.map((code) => lookUp(texts.warnings, code) ?? texts.warningFallback),
  ].filter((line) => line !== null);
  if (lines.length === 0) return null;
  return (
    <ul class="banners">
      {[...new Set(lines)].map((line) => (
        <li>{line}</li>
      ))}
    </ul>
  );
}
