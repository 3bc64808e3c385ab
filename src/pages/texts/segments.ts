import { SEGMENT_NAMES as NAMES } from "../../crm/segment-names.ts";
import type { RfmSegmentCode } from "./codes.ts";
import type { Locale } from "./format.ts";

/** Names of the eleven RFM segments, in the order from best to worst. A code without a name is a compile error. */
export const SEGMENT_NAMES: Readonly<Record<Locale, Readonly<Record<RfmSegmentCode, string>>>> =
  NAMES;
