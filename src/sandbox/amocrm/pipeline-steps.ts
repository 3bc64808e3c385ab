import type { Account } from "./account.ts";
import type { HookItem } from "./hook-payload.ts";
import type { Settings } from "./options.ts";

/** What an administrator has put behind a stage: the widget's step with its settings. */
export interface PipelineStep {
  readonly pipelineId: number;
  readonly statusId: number;
  /** `webhook_url` of the widget's `dp` block. */
  readonly url: string;
  readonly settings: Readonly<Record<string, string>>;
}

const MINUTE = 60_000;
/** Four tries within an hour. */
const TRIES_AFTER = [0, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE];
/** More invalid answers than this within five minutes stop the tries for five minutes. */
const MOST_INVALID = 100;
const LEAD_ELEMENT = 2;

/** Calls the steps of stages that leads have just reached. */
export class StepCaller {
  readonly #account: Account;
  readonly #settings: Settings;
  #invalidAt: number[] = [];

  constructor(account: Account, settings: Settings) {
    this.#account = account;
    this.#settings = settings;
  }

  /** One task for each step that these changes reach; each resolves after its last try. */
  reached(items: readonly HookItem[]): (() => Promise<void>)[] {
    return items
      .filter(({ code }) => code === "status_lead")
      .flatMap(({ pairs }) => {
        const told = new Map(pairs);
        const number = (name: string) => Number(told.get(`[${name}]`));
        const lead = {
          id: number("id"),
          status: number("status_id"),
          pipeline: number("pipeline_id"),
        };
        return this.#account.pipelineSteps
          .filter((step) => step.statusId === lead.status && step.pipelineId === lead.pipeline)
          .map((step) => () => this.#call(step, lead));
      });
  }

  async #call(
    step: PipelineStep,
    lead: { readonly id: number; readonly status: number; readonly pipeline: number },
  ): Promise<void> {
    const { clock, speed } = this.#settings;
    const body = JSON.stringify({
      event: {
        type: 14,
        type_code: "lead_status_changed",
        data: {
          id: lead.id,
          element_type: LEAD_ELEMENT,
          status_id: lead.status,
          pipeline_id: lead.pipeline,
        },
        time: Math.floor(clock.now() / 1000),
      },
      action: { settings: { widget: { settings: step.settings } } },
      subdomain: this.#account.subdomain,
      account_id: this.#account.id,
    });
    for (const wait of TRIES_AFTER) {
      if (wait > 0) await clock.sleep(wait / speed);
      if (this.#isPaused()) continue;
      const at = clock.now();
      const status = await this.#send(step.url, body);
      this.#account.note({ at, call: "hook digital_pipeline", status, isWrite: false });
      if (status >= 100 && status < 300) return;
      this.#invalidAt.push(at);
    }
  }

  #isPaused(): boolean {
    const since = this.#settings.clock.now() - (5 * MINUTE) / this.#settings.speed;
    this.#invalidAt = this.#invalidAt.filter((at) => at > since);
    return this.#invalidAt.length > MOST_INVALID;
  }

  /** 0 = nobody there, 499 = too late. */
  #send(url: string, body: string): Promise<number> {
    const { clock, hookDeadlineMs, speed } = this.#settings;
    const headers = { "content-type": "application/json" };
    const answer = this.#settings.deliver(new Request(url, { method: "POST", headers, body })).then(
      (response) => response.status,
      () => 0,
    );
    const deadline = Math.max(250, hookDeadlineMs / speed);
    return Promise.race([answer, clock.sleep(deadline).then(() => 499)]);
  }
}
