import { z } from "zod";

/** What we ask of the CRM, as its administrator may see it: counts only. Days are the portal's own. */
export const apiUse = z.object({
  /** The last seven days, today last. */
  days: z.array(
    z.object({
      day: z.iso.date(),
      requests: z.int(),
      /** The CRM said that it was asked too often. */
      limited: z.int(),
      /** Other answers that were no success, lost connections included. */
      failed: z.int(),
    }),
  ),
  /** Requests a second: what the CRM allows an app, what we allow ourselves, and what we take now after its complaints. */
  rate: z.object({ host: z.number(), allowed: z.number(), now: z.number() }),
  /** Nothing is asked until then; `reason`: `rate`, `errors`, `blocked`, `payment`. */
  pause: z.object({ until: z.iso.datetime(), reason: z.string() }).nullable(),
});

export type ApiUse = z.infer<typeof apiUse>;

/** A wish of the administrator; null = the usual rate. */
export const apiRateInput = z.strictObject({
  requestsPerSecond: z.number().min(1).max(50).nullable(),
});
