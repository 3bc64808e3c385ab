import type { Memo } from "../../crm/host.ts";
import { WRITE_KINDS, type WriteKind } from "../../crm/host-writes.ts";

/** What the set-up found out about a portal: granted scopes, and which kinds of writes work there. */

const SCOPES = "scopes";
const OFFERS = "offers";

export function offersMemo(
  scopes: readonly string[] | undefined,
  kinds: readonly WriteKind[],
): Memo {
  return { [OFFERS]: kinds.join(","), ...(scopes ? { [SCOPES]: scopes.join(",") } : {}) };
}

/** An installation that names no scopes is one whose answers tell. */
export function hasScope(memo: Memo, scope: string): boolean {
  const known = memo[SCOPES];
  return known === undefined || known === "" || known.split(",").includes(scope);
}

/** Before the first set-up: what needs no preparation. */
export function offers(memo: Memo): readonly WriteKind[] {
  const known = memo[OFFERS];
  if (known === undefined) return ["mark", "task"];
  const kinds = known.split(",");
  return WRITE_KINDS.filter((kind) => kinds.includes(kind));
}
