import type { Route } from "./call.ts";

interface Match {
  readonly route: Route;
  readonly values: readonly string[];
}

/** Finds the route of a path; literal segments win over `{}`. */
export class Router {
  readonly #byLength = new Map<
    number,
    { readonly parts: readonly string[]; readonly route: Route }[]
  >();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const parts = route.path.split("/");
      const list = this.#byLength.get(parts.length) ?? [];
      list.push({ parts, route });
      this.#byLength.set(parts.length, list);
    }
    const wild = (parts: readonly string[]) => parts.filter((part) => part === "{}").length;
    for (const list of this.#byLength.values()) list.sort((a, b) => wild(a.parts) - wild(b.parts));
  }

  /** `method` when the path exists with other methods only. */
  find(method: string, path: string): Match | "path" | "method" {
    const parts = path.split("/");
    let isKnown = false;
    for (const candidate of this.#byLength.get(parts.length) ?? []) {
      const values: string[] = [];
      const fits = candidate.parts.every((part, index) => {
        const given = parts[index] ?? "";
        if (part !== "{}") return part === given;
        values.push(given);
        return /^[\w-]+$/.test(given);
      });
      if (!fits) continue;
      if (candidate.route.method === method) return { route: candidate.route, values };
      isKnown = true;
    }
    return isKnown ? "method" : "path";
  }
}
