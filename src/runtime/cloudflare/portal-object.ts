import { DurableObject } from "cloudflare:workers";
import { parsePortalKey } from "../../crm/portal-key.ts";
import type { Log } from "../../crm/ports.ts";
import { makeInlineCompute } from "../../portal/inline-compute.ts";
import { migrate } from "../../portal/migrations.ts";
import { makePortal } from "../../portal/portal.ts";
import { DEFAULT_POLICY, type Portal } from "../../portal/portal-api.ts";
import type { Sql } from "../../portal/sql.ts";
import { readConfig } from "../config.ts";
import { hostOf, makeHosts } from "../hosts.ts";
import { makeJsonLog } from "../json-log.ts";
import { makeSystemClock, systemRandom } from "../system-ports.ts";
import { makeTransport } from "../transport.ts";
import { makeVault } from "../vault.ts";
import { makeDurableSql } from "./durable-sql.ts";

export interface WorkerEnv {
  readonly PORTAL: DurableObjectNamespace<PortalObject>;
}

/** After a step that failed for a reason of ours; the alarm must never be lost. */
const RETRY_MS = 60_000;

/**
 * One portal's home on Cloudflare: its database, its actor and its one alarm. The object's name is the portal's key. The
 * methods are the actor's own; each wish for work sets the alarm.
 */
export class PortalObject extends DurableObject<WorkerEnv> {
  readonly #sql: Sql;
  #portal: Portal | null = null;

  constructor(state: DurableObjectState, env: WorkerEnv) {
    super(state, env);
    this.#sql = makeDurableSql(state.storage);
    // Nothing awaits here, so no call can see a half-made schema.
    migrate(this.#sql, Date.now());
  }

  /** Number of the newest schema step that this object's database has. */
  schemaStep(): number {
    return this.#sql.get<{ id: number }>("select max(id) as id from migration")?.id ?? 0;
  }

  async install(...args: Parameters<Portal["install"]>): Promise<void> {
    await this.#actor().install(...args);
    await this.#wake();
  }

  async confirmInstalled(): Promise<void> {
    await this.#actor().confirmInstalled();
    await this.#wake();
  }

  async receive(...args: Parameters<Portal["receive"]>): ReturnType<Portal["receive"]> {
    const outcome = await this.#actor().receive(...args);
    if (outcome === "stored") await this.#wake();
    return outcome;
  }

  async summary(): ReturnType<Portal["summary"]> {
    return this.#actor().summary();
  }

  async progress(): ReturnType<Portal["progress"]> {
    return this.#actor().progress();
  }

  async totals(): ReturnType<Portal["totals"]> {
    return this.#actor().totals();
  }

  /** Does what is due and sets the alarm for what comes next. An alarm that throws would be repeated, then dropped. */
  override async alarm(): Promise<void> {
    const dueAt = await this.#actor()
      .tick()
      .catch(() => Date.now() + RETRY_MS);
    if (dueAt !== null) await this.ctx.storage.setAlarm(Math.max(dueAt, Date.now()));
  }

  async #wake(): Promise<void> {
    await this.ctx.storage.setAlarm(Date.now());
  }

  #actor(): Portal {
    this.#portal ??= this.#makePortal();
    return this.#portal;
  }

  #makePortal(): Portal {
    const config = readConfig(this.env as unknown as Record<string, string>);
    const { key } = parsePortalKey(this.ctx.id.name ?? "");
    // Inputs of an object are not delivered while it works, so there is no turn to wait for.
    const clock = makeSystemClock(() => Promise.resolve());
    const log: Log = makeJsonLog((line) => console.log(line), config.logLevel, clock.now);
    return makePortal({
      sql: this.#sql,
      host: hostOf(makeHosts(config.host), key),
      clock,
      random: systemRandom,
      transport: makeTransport({ fetch: (...args) => fetch(...args) }),
      vault: makeVault(config.keys, systemRandom),
      compute: makeInlineCompute(this.#sql, clock),
      log,
      policy: { ...DEFAULT_POLICY, speed: config.speed },
      publicUrl: config.publicUrl,
    });
  }
}
