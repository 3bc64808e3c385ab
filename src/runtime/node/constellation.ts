import type { Clock, Log } from "../../crm/ports.ts";
import type { PortalPolicy } from "../../portal/portal-api.ts";
import { readConfig, type ServerConfig } from "../config.ts";
import { type Site, type SiteOptions, startSites } from "./sandbox-sites.ts";
import { type RunningServer, startServer } from "./server.ts";

export type { Site } from "./sandbox-sites.ts";

export interface ConstellationOptions extends Omit<SiteOptions, "onCall" | "deliver"> {
  readonly dataFolder: string;
  readonly log?: Log;
  readonly policy?: Partial<PortalPolicy>;
  /** Which CRMs take part; default both. */
  readonly products?: readonly Site["product"][];
}

/** The app and a sandbox of each CRM, talking over loopback HTTP as they would over the Internet. */
export interface Constellation {
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly sites: readonly Site[];
  /** The app's server; replaced by `restartApp`. */
  app(): RunningServer;
  restartApp(): Promise<void>;
  config: ServerConfig;
  close(): Promise<void>;
}

export async function startConstellation(options: ConstellationOptions): Promise<Constellation> {
  const started = await startSites(options);
  const products = options.products ?? ["bitrix24", "amocrm"];
  const config = readConfig(started.environment(options.dataFolder));
  const serverOptions = {
    ...(options.log ? { log: options.log } : {}),
    ...(options.policy ? { policy: options.policy } : {}),
  };
  let running = await startServer(config, serverOptions);
  return {
    publicUrl: started.publicUrl,
    clock: started.clock,
    config,
    sites: started.sites.filter((site) => products.includes(site.product)),
    app: () => running,
    async restartApp() {
      await running.close();
      running = await startServer(config, serverOptions);
    },
    async close() {
      await running.close();
      await started.close();
    },
  };
}
