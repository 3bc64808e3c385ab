import { AppError } from "../crm/error.ts";
import type { Host, HostConfig } from "../crm/host.ts";
import { type PortalKey, parsePortalKey } from "../crm/portal-key.ts";
import { makeAmocrm } from "../hosts/amocrm/index.ts";
import { makeBitrix24 } from "../hosts/bitrix24/index.ts";

/** The list of hosts: the only place that names them all. */
export function makeHosts(config: HostConfig): Host[] {
  return [makeBitrix24(config), makeAmocrm(config)];
}

export function hostOf(hosts: readonly Host[], key: PortalKey): Host {
  const { product } = parsePortalKey(key);
  const host = hosts.find((entry) => entry.products.includes(product));
  if (!host) throw new AppError("portal.unknown", { details: { portal: key } });
  return host;
}
