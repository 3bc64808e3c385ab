import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Host } from "../../crm/host.ts";
import type { PortalKey } from "../../crm/portal-key.ts";
import type { Clock, Log, Transport, Vault } from "../../crm/ports.ts";
import { type Egress, makeEgress } from "../../portal/egress.ts";
import { makePortal } from "../../portal/portal.ts";
import { DEFAULT_POLICY, type PortalPolicy } from "../../portal/portal-api.ts";
import type { ServerConfig } from "../config.ts";
import { hostOf, makeHosts } from "../hosts.ts";
import { systemRandom } from "../system-ports.ts";
import { makeTransport } from "../transport.ts";
import { makeVault } from "../vault.ts";
import { makeGuardedFetch } from "./address-guard.ts";
import { type Directory, makeDirectory } from "./directory.ts";
import { lockDataFolder } from "./folder-lock.ts";
import { checkKeys } from "./key-check.ts";
import { makePortalHouse, type OpenPortal, type PortalHouse } from "./portals.ts";
import { openSqlite } from "./sqlite.ts";
import { makeThreadCompute, type ThreadCompute } from "./thread-compute.ts";

/** One data folder, owned by this process: its directory, its portals, and what they need of the outside. */
export interface DataFolder {
  readonly directory: Directory;
  readonly house: PortalHouse;
  readonly hosts: readonly Host[];
  readonly transport: Transport;
  readonly vault: Vault;
  /** No new work from now on; what runs may end. */
  drain(): void;
  isDraining(): boolean;
  /** Lets running work end, closes every file and gives the folder back. */
  close(): Promise<void>;
}

export interface FolderParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly policy?: Partial<PortalPolicy>;
}

/** Throws AppError `config.invalid` when another process owns the folder or it was written with other keys. */
export async function openDataFolder(
  config: ServerConfig,
  { clock, log, policy = {} }: FolderParts,
): Promise<DataFolder> {
  mkdirSync(config.dataFolder, { recursive: true });
  const unlock = lockDataFolder(config.dataFolder);
  const directoryFile = openSqlite(join(config.dataFolder, "directory.sqlite"));
  const directory = makeDirectory(directoryFile.sql, clock);
  try {
    await checkKeys(directoryFile.sql, config.keys, directory.list().length > 0);
  } catch (cause) {
    directoryFile.close();
    unlock();
    throw cause;
  }
  let isDraining = false;
  const transport = makeTransport(makeGuardedFetch(config.host.devHosts));
  const hosts = makeHosts(config.host);
  const compute = makeThreadCompute(clock);
  const vault = makeVault(config.keys, systemRandom);
  const isStopping = () => isDraining;
  const opener = { config, hosts, clock, transport, log, policy, compute, vault, isStopping };
  const house = makePortalHouse({
    directory,
    dataFolder: config.dataFolder,
    clock,
    log,
    makePortal: portalOpener(opener),
  });
  return {
    directory,
    house,
    hosts,
    transport,
    vault,
    drain() {
      isDraining = true;
    },
    isDraining: isStopping,
    async close() {
      isDraining = true;
      await compute.close();
      await house.stop();
      directoryFile.close();
      unlock();
    },
  };
}

interface OpenerParts extends Required<FolderParts> {
  readonly config: ServerConfig;
  readonly hosts: readonly Host[];
  readonly transport: Transport;
  readonly vault: Vault;
  readonly compute: ThreadCompute;
  readonly isStopping: () => boolean;
}

function portalOpener(parts: OpenerParts): (key: PortalKey, file: string) => OpenPortal {
  const { config, hosts, clock, transport, log, compute, vault } = parts;
  const base = { ...DEFAULT_POLICY, speed: config.speed, ...parts.policy };
  // All portals of a host leave this machine by one address.
  const exits = new Map<Host, Egress>(
    hosts.map((host) => [host, makeEgress(clock, host.limits, config.speed, log)]),
  );
  return (key, file) => {
    mkdirSync(dirname(file), { recursive: true });
    const host = hostOf(hosts, key);
    const egress = exits.get(host);
    const policy = { ...base, fenceMs: base.fenceMs ?? scaledFence(host, config.speed) };
    const { sql, close } = openSqlite(file);
    const portal = makePortal({
      sql,
      host,
      clock,
      random: systemRandom,
      transport,
      vault,
      compute: compute.of(file, sql),
      figures: compute.figuresOf(file, sql),
      log,
      policy,
      publicUrl: config.publicUrl,
      isStopping: parts.isStopping,
      ...(egress ? { egress } : {}),
    });
    return { portal, close };
  };
}

/**
 * The fence is about how long the host may go on with a request that we gave up on, so with SYNC_SPEED it shrinks as much as
 * the sandbox's own deadlines do. null = the host's own: in production the speed is 1.
 */
function scaledFence(host: Host, speed: number): number | null {
  return speed === 1 ? null : Math.ceil(host.limits.writeFenceMs / speed);
}
