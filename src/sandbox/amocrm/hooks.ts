import type { HookTrouble } from "../contract.ts";
import type { Account } from "./account.ts";
import type { HookItem, HookSink } from "./hook-payload.ts";
import type { Webhook } from "./model.ts";
import type { Settings } from "./options.ts";
import { StepCaller } from "./pipeline-steps.ts";

const MINUTE = 60_000;
const WINDOW = 120 * MINUTE;
const MOST_FAILURES = 100;

interface Delivery {
  readonly hook: Webhook;
  readonly body: string;
  readonly label: string;
}

/**
 * Sends changes to the subscriptions of one account: form-encoded, 2 s to answer, up to five tries
 * (5 and 15 minutes after any failure; then 15 minutes and an hour after 499 and 5xx), and no more at all
 * after over 100 invalid answers in two hours.
 */
export class HookSender implements HookSink {
  readonly #account: Account;
  readonly #settings: Settings;
  readonly #steps: StepCaller;
  #trouble: HookTrouble | null = null;
  #outbox: HookItem[] = [];
  #held: Delivery[] = [];
  #pending = 0;
  #isHurried = false;
  #hurry: (() => void)[] = [];
  #idle: (() => void)[] = [];
  #running = 0;
  #queue: (() => void)[] = [];

  constructor(account: Account, settings: Settings) {
    this.#account = account;
    this.#settings = settings;
    this.#steps = new StepCaller(account, settings);
  }

  setTrouble(trouble: HookTrouble | null): void {
    this.#trouble = trouble;
  }

  /** Collects; `commit` sends what one call or one edit caused. */
  emit(item: HookItem): void {
    this.#outbox.push(item);
  }

  commit(): void {
    const items = this.#outbox;
    this.#outbox = [];
    if (items.length === 0) return;
    for (const call of this.#steps.reached(items)) this.#follow(call());
    for (const hook of this.#account.webhooks) {
      if (hook.disabled) continue;
      const wanted = items.filter((item) => hook.settings.includes(item.code));
      const size = Math.max(1, this.#settings.itemsPerDelivery);
      for (let at = 0; at < wanted.length; at += size)
        this.#post(hook, wanted.slice(at, at + size));
    }
  }

  /** Releases held hooks, ends every wait and resolves when nothing is under way. */
  async flush(): Promise<void> {
    this.#isHurried = true;
    for (const wake of this.#hurry.splice(0)) wake();
    for (const delivery of this.#held.splice(0)) this.#start(delivery, 0);
    while (this.#pending > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    this.#isHurried = false;
  }

  #post(hook: Webhook, items: readonly HookItem[]): void {
    const delivery: Delivery = {
      hook,
      body: encodeDelivery(
        this.#account,
        this.#settings.accountOrigin(this.#account.subdomain),
        items,
      ),
      label: [...new Set(items.map((item) => item.code))].join("+"),
    };
    const trouble = this.#trouble;
    if (trouble === null) {
      this.#start(delivery, 0);
      return;
    }
    const { random } = this.#settings;
    const [drop, double, reorder, delay] = [
      random.next(),
      random.next(),
      random.next(),
      random.next(),
    ];
    const wait = delay * trouble.maxDelayMs;
    if (drop < trouble.drop) return;
    if (reorder < trouble.reorder) {
      this.#held.push(delivery);
      return;
    }
    this.#start(delivery, wait);
    if (double < trouble.double) this.#start(delivery, wait);
    for (const late of this.#held.splice(0)) this.#start(late, wait + 1);
  }

  #start(delivery: Delivery, wait: number): void {
    this.#follow(this.#climb(delivery, wait));
  }

  #follow(work: Promise<void>): void {
    this.#pending += 1;
    void work.finally(() => {
      this.#pending -= 1;
      if (this.#pending === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  async #climb(delivery: Delivery, wait: number): Promise<void> {
    if (wait > 0) await this.#pause(wait);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      if (delivery.hook.disabled) return;
      const status = await this.#send(delivery);
      if (status >= 100 && status < 300) return;
      if (attempt >= 3 && status !== 499 && status < 500) return;
      const minutes = [5, 15, 15, 60][attempt - 1];
      if (minutes !== undefined) await this.#pause((minutes * MINUTE) / this.#settings.speed);
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isHurried) return;
    await Promise.race([
      this.#settings.clock.sleep(ms),
      new Promise<void>((resolve) => this.#hurry.push(resolve)),
    ]);
  }

  async #send(delivery: Delivery): Promise<number> {
    while (this.#running >= this.#settings.hookConcurrency)
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running += 1;
    const at = this.#settings.clock.now();
    const status = await this.#attempt(delivery).finally(() => {
      this.#running -= 1;
      this.#queue.shift()?.();
    });
    this.#account.note({ at, call: `hook ${delivery.label}`, status, isWrite: false });
    if (status < 100 || status >= 300) this.#countFailure(delivery.hook);
    return status;
  }

  /** 0 = nobody there, 499 = too late. */
  async #attempt(delivery: Delivery): Promise<number> {
    const request = new Request(delivery.hook.destination, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "user-agent": "amoCRM-Webhooks/3.0",
      },
      body: delivery.body,
    });
    const deadline = Math.max(250, this.#settings.hookDeadlineMs / this.#settings.speed);
    const answer = this.#settings.deliver(request).then(
      (response) => response.status,
      () => 0,
    );
    return Promise.race([answer, this.#settings.clock.sleep(deadline).then(() => 499)]);
  }

  #countFailure(hook: Webhook): void {
    const now = this.#settings.clock.now();
    hook.failures = [
      ...hook.failures.filter((at) => now - at < WINDOW / this.#settings.speed),
      now,
    ];
    if (hook.failures.length > MOST_FAILURES) hook.disabled = true;
  }
}

function encodeDelivery(account: Account, origin: string, items: readonly HookItem[]): string {
  const form = new URLSearchParams();
  form.append("account[subdomain]", account.subdomain);
  form.append("account[id]", String(account.id));
  form.append("account[_links][self]", origin);
  const counts = new Map<string, number>();
  for (const item of items) {
    const place = `${item.key}[${item.action}]`;
    const index = counts.get(place) ?? 0;
    counts.set(place, index + 1);
    for (const [key, value] of item.pairs) form.append(`${place}[${index}]${key}`, value);
  }
  return form.toString();
}
