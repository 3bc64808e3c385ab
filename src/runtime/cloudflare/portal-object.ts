import { DurableObject } from "cloudflare:workers";
import { migrate } from "../../portal/migrations.ts";
import type { Sql } from "../../portal/sql.ts";
import { makeDurableSql } from "./durable-sql.ts";

export interface WorkerEnv {
  readonly PORTAL: DurableObjectNamespace<PortalObject>;
}

/** One portal's home on Cloudflare: its database, opened at the newest schema. */
export class PortalObject extends DurableObject<WorkerEnv> {
  readonly #sql: Sql;

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
}
