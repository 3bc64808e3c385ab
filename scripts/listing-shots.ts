/** Pictures for the marketplaces' listings: what they show and how large they are. Captions are in `manifests/<crm>/listing.*.md`. */
export interface ListingShot {
  readonly name: string;
  /** Path of a page with sample data in scripts/screenshots.ts. */
  readonly path: string;
  /** Part of the page that the picture begins with; absent = its top. */
  readonly from?: string;
  readonly open?: readonly string[];
}

/** Bitrix24's largest allowed picture; amoCRM and Kommo name no size of their own. */
export const LISTING_SIZE = { width: 1280, height: 720 } as const;

export const LISTING_CRMS = ["bitrix24", "amocrm"] as const;
export const LISTING_LOCALES = ["ru", "en"] as const;

export const LISTING_SHOTS: readonly ListingShot[] = [
  { name: "client", path: "/full/ok" },
  { name: "overview", path: "/overview" },
  { name: "call-list", path: "/overview", from: ".attention" },
  { name: "dry-run", path: "/overview", from: ".run", open: ["[data-dry-run]"] },
  { name: "accuracy", path: "/overview", from: ".model" },
];
