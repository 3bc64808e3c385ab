import type { PortalState } from "./portal-api.ts";

/** What a portal in a state may do. The reason for each state is its `state_reason` column. */
interface StateRule {
  /** Requests to the host with the portal's token. */
  readonly mayCall: boolean;
  /** Changes in the CRM. */
  readonly mayWrite: boolean;
  /** A good answer of the host ends the state. */
  readonly healsByAnswer: boolean;
}

const rule = (mayCall: boolean, mayWrite: boolean, healsByAnswer: boolean): StateRule => ({
  mayCall,
  mayWrite,
  healsByAnswer,
});

export const STATE_RULES: Readonly<Record<PortalState, StateRule>> = {
  installing: rule(true, false, false),
  active: rule(true, true, false),
  degraded: rule(true, true, true),
  throttled: rule(true, false, true),
  reconnect: rule(false, false, false),
  needs_admin: rule(true, false, false),
  payment_required: rule(true, false, true),
  suspended: rule(false, false, false),
  purged: rule(false, false, false),
};
