import type { HostLink } from "../../crm/host.ts";
import type { ScanEntity } from "../../crm/records.ts";
import { chatFeed, noteFeed, taskFeed } from "./activity-feeds.ts";
import { clientFeed, dealFeed } from "./card-feeds.ts";
import { labelFeeds, pipelineFeed, unsortedFeed, userFeed } from "./dictionary-feeds.ts";
import { stageFeed } from "./event-feed.ts";
import type { Feed, Mode } from "./feed.ts";
import { paymentFeeds } from "./money-feeds.ts";

/** The lists that make up an entity, in the order in which they are read. */
export function feedsOf(entity: ScanEntity, mode: Mode, link: HostLink): readonly Feed[] {
  const canFilter = link.memo.filters !== "off";
  switch (entity) {
    case "deal":
      return [dealFeed(mode, link.memo)];
    case "contact":
    case "company":
      return [clientFeed(entity, mode, canFilter)];
    case "pipeline":
      return [pipelineFeed()];
    case "user":
      return [userFeed()];
    case "stageEntry":
      return [stageFeed(mode, canFilter)];
    case "activity":
      return [
        noteFeed("lead", mode, canFilter),
        noteFeed("contact", mode, canFilter),
        noteFeed("company", mode, canFilter),
        taskFeed(mode, canFilter),
        chatFeed(mode, canFilter),
      ];
    case "payment":
      return paymentFeeds(mode, link.memo);
    case "lead":
      return [unsortedFeed()];
    case "label":
      return labelFeeds(link.memo);
    // Goods come with their leads, and an account has one currency.
    case "dealProducts":
    case "dealPayments":
    case "rate":
      return [];
  }
}
