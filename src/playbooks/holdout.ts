/** Who is left alone so that a playbook's effect can be measured. */

export type Arm = "treat" | "holdout";

export interface Candidate {
  readonly key: string;
  /** Clients are balanced within a stratum (value class). */
  readonly stratum: string;
}

export interface ArmCount {
  readonly clients: number;
  readonly holdout: number;
}

/**
 * Arms of clients that have none yet: within each stratum the lowest hashes become the holdout, as many as bring the
 * stratum to its share. The order of the candidates does not matter, and nobody can choose who is left out.
 * `salt` makes playbooks independent of each other.
 */
export function assignArms(
  candidates: readonly Candidate[],
  recorded: ReadonlyMap<string, ArmCount>,
  share: number,
  salt: string,
): Map<string, Arm> {
  const arms = new Map<string, Arm>();
  const strata = new Map<string, string[]>();
  for (const { key, stratum } of candidates) {
    strata.set(stratum, [...(strata.get(stratum) ?? []), key]);
  }
  for (const [stratum, keys] of strata) {
    const known = recorded.get(stratum) ?? { clients: 0, holdout: 0 };
    const wanted = Math.round(share * (known.clients + keys.length)) - known.holdout;
    const ranked = keys
      .map((key) => ({ key, hash: stableHash(`${salt}|${key}`) }))
      .sort((left, right) => left.hash - right.hash || (left.key < right.key ? -1 : 1));
    ranked.forEach(({ key }, at) => {
      arms.set(key, at < wanted ? "holdout" : "treat");
    });
  }
  return arms;
}

/** 32-bit FNV-1a over UTF-16 units with the finaliser of MurmurHash3, so that near keys end far apart. */
export function stableHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
