import type { Flow } from "./flow-world.ts";

/** Origins of all requests that carried our client secret, in any part of them. */
export function secretOrigins(flow: Flow): Set<string> {
  const secrets = flow.world.site.config.registrations.map((one) => one.clientSecret);
  const carrying = flow.sent.filter((request) =>
    secrets.some((secret) => JSON.stringify(request).includes(secret)),
  );
  return new Set(carrying.map((request) => new URL(request.url).origin));
}
