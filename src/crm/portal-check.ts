/**
 * One thing that a portal needs from its CRM, looked at without changing anything there. `limited`: the CRM does not give
 * it and we do without; `wrong`: somebody has to do something.
 */
export interface PortalCheck {
  readonly name: "connection" | "rights" | "hooks" | "places" | "fields" | "history" | "filters";
  readonly state: "ok" | "limited" | "wrong";
  /** What exactly, in our own words such as `missing`, `disabled_by_host`, or an error's code; null when it is fine. */
  readonly code: string | null;
}

export function found(name: PortalCheck["name"], code: string | null): PortalCheck {
  return { name, state: code === null ? "ok" : "wrong", code };
}

export function limited(name: PortalCheck["name"], code: string): PortalCheck {
  return { name, state: "limited", code };
}
