import type {
  Edit,
  FaultRule,
  HookTrouble,
  SandboxPortal,
  SeedData,
  Truth,
  TruthTask,
} from "../contract.ts";
import type { Account } from "./account.ts";
import type { Scene } from "./change.ts";
import { applyEdit } from "./edits.ts";
import type { HookItem } from "./hook-payload.ts";
import { linked } from "./links.ts";
import { LOST, type Task, type User, type Webhook, WON } from "./model.ts";
import { canaryNames } from "./names.ts";
import type { PipelineStep } from "./pipeline-steps.ts";
import { type SeedIds, seedAccount } from "./seed.ts";
import { type TradeControl, tradeControl } from "./trade-control.ts";
import type { World } from "./world.ts";
import { type WritingViews, writingViews } from "./writing-views.ts";

/** A portal of the contract with what only amoCRM has. */
export interface AmocrmPortal extends SandboxPortal, TradeControl, WritingViews {
  readonly subdomain: () => string;
  /** Consent screen for a browser, as the button opens it. */
  consentUrl(state: string, mode?: "popup" | "post_message"): string;
  /** The admin agrees on the consent screen: the address the browser is sent to. */
  grant(state: string, userIndex?: number, clientId?: string): string;
  /** Button that creates the integration: posts the keys to `secretsUri`, then as `grant`. Rejects unless 200. */
  grantExternal(
    button: {
      readonly redirectUri: string;
      readonly secretsUri: string;
      readonly state: string;
      readonly name: string;
    },
    userIndex?: number,
  ): Promise<string>;
  /** A token that a person made by hand; `days` from 1 to 1 825. */
  longLivedToken(days: number, userIndex?: number): Promise<string>;
  /** The one-time token of `$authorizedAjax`; the same one for 25 minutes. */
  disposableToken(userIndex?: number): Promise<string>;
  /** Ids that the last `seed` gave. */
  seeded(): SeedIds;
  /** All tasks, not only those written by an app. */
  allTasks(): readonly TruthTask[];
  /** Those that nobody has ticked off. */
  openTasks(): readonly TruthTask[];
  /** A person writes other words into a task. */
  editTask(id: string, text: string): void;
  webhooks(): readonly Webhook[];
  /** An administrator puts the widget's step behind a stage of the Digital Pipeline. */
  addPipelineStep(step: PipelineStep): void;
  /** Re-enables what the platform switched off, as a person does. */
  enableWebhooks(): void;
  /** A hook of the given form items to every subscription, whatever they ask for. */
  sendRawHook(items: readonly HookItem[]): void;
  /** The user leaves: tokens granted by them stop working. */
  dismissUser(userIndex: number): void;
  /** An administrator changes what a colleague may see. */
  setRights(
    userIndex: number,
    rights: Partial<Pick<User, "view" | "groupId" | "statusRights">>,
  ): void;
  /** A person removes every subscription. */
  removeWebhooks(): void;
  /** The platform has met too many bad answers. */
  disableWebhooks(): void;
  setUnpaid(isUnpaid: boolean): void;
  setFilterEnabled(isEnabled: boolean): void;
  /** A person deletes a custom field by its code. */
  deleteField(entity: "deal" | "contact" | "company", code: string): void;
  /** Salesbot starts asked for by apps. */
  botRuns(): readonly unknown[];
}

const PATHS = { deal: "leads", contact: "contacts", company: "companies" } as const;

export function makePortal(world: World, account: Account): AmocrmPortal {
  const user = (index: number): User => {
    const row = account.users[index];
    if (row === undefined) throw new Error(`no user ${index} in the sandbox`);
    return row;
  };
  return {
    ...identity(world, account, user),
    ...data(world, account, user),
    ...trouble(world, account),
    ...installation(world, account, user),
    ...views(account),
    ...tradeControl(world, account),
    ...writingViews(account),
  };
}

type UserAt = (index: number) => User;

function identity(world: World, account: Account, user: UserAt) {
  return {
    accountId: String(account.id),
    subdomain: () => account.subdomain,
    origin: () => world.origin(account),
    users: account.users.map((row) => ({ id: String(row.id), isAdmin: row.isAdmin })),
    rename(name: string): void {
      account.subdomain = name;
      world.forgetDisposableTokens();
    },
    cardUrl(entity: "deal" | "contact" | "company", id: string, userIndex = 0): string {
      return `${world.origin(account)}/${PATHS[entity]}/detail/${id}?user=${user(userIndex).id}`;
    },
    appUrl(userIndex = 0): string {
      return `${world.origin(account)}/settings/widgets/${widgetCode(world)}?user=${user(userIndex).id}`;
    },
  };
}

export function widgetCode(world: World): string {
  return world.widget?.code ?? "client_pulse";
}

function data(world: World, account: Account, user: UserAt) {
  const counter = { value: 0 };
  let ids: SeedIds = { clients: new Map(), deals: [] };
  return {
    seed(seed: SeedData): void {
      ids = seedAccount(account, seed, counter);
    },
    seeded: () => ids,
    edit(edit: Edit, userIndex = 0): string {
      const hooks = world.sender(account);
      const actor = userIndex < 0 ? 0 : user(userIndex).id;
      const scene: Scene = { account, settings: world.settings, hooks, actor };
      counter.value += 1;
      const id = applyEdit(scene, edit, counter.value);
      hooks.commit();
      return id;
    },
    deleteField(entity: "deal" | "contact" | "company", code: string): void {
      const at = account.fields.findIndex(
        (row) => row.entityType === PATHS[entity] && row.code === code,
      );
      if (at >= 0) account.fields.splice(at, 1);
    },
    dismissUser(userIndex: number): void {
      user(userIndex).isActive = false;
    },
    setRights(
      userIndex: number,
      rights: Partial<Pick<User, "view" | "groupId" | "statusRights">>,
    ): void {
      Object.assign(user(userIndex), rights);
    },
    setUnpaid(isUnpaid: boolean): void {
      account.isUnpaid = isUnpaid;
    },
    setFilterEnabled(isEnabled: boolean): void {
      account.isFilterEnabled = isEnabled;
    },
  };
}

function trouble(world: World, account: Account) {
  const hooks = world.sender(account);
  return {
    setHookTrouble: (setup: HookTrouble | null) => hooks.setTrouble(setup),
    flushHooks: () => hooks.flush(),
    addFault(rule: FaultRule): void {
      account.faults.push({ rule, seen: 0 });
    },
    clearFaults(): void {
      account.faults.length = 0;
    },
    webhooks: () => account.webhooks,
    addPipelineStep(step: PipelineStep): void {
      account.pipelineSteps.push(step);
    },
    removeWebhooks(): void {
      account.webhooks.length = 0;
    },
    disableWebhooks(): void {
      for (const hook of account.webhooks) hook.disabled = true;
    },
    enableWebhooks(): void {
      for (const hook of account.webhooks) {
        hook.disabled = false;
        hook.failures = [];
      }
    },
    sendRawHook(items: readonly HookItem[]): void {
      const codes = [...new Set(account.webhooks.flatMap((hook) => hook.settings))];
      for (const item of items)
        hooks.emit({ ...item, code: codes.includes(item.code) ? item.code : (codes[0] ?? "") });
      hooks.commit();
    },
    journal: () => account.journal,
    clearJournal(): void {
      account.journal.length = 0;
    },
  };
}

function installation(world: World, account: Account, user: UserAt) {
  return {
    expireTokens: (what: "access" | "all") => world.grants.revoke(account, what),
    install: (userIndex = 0) =>
      world.installFromMarket(account, user(userIndex), world.integration()),
    async uninstall(_options: { readonly erase: boolean }): Promise<void> {
      for (const integration of world.grants.integrations.values())
        if (world.isInstalled(account, integration.clientId))
          await world.disconnect(account, integration);
    },
    consentUrl(state: string, mode?: "popup" | "post_message"): string {
      const params = new URLSearchParams({ client_id: world.integration().clientId, state });
      if (mode !== undefined) params.set("mode", mode);
      return `${world.settings.consentOrigin()}/oauth?${params}`;
    },
    grant: (state: string, userIndex = 0, clientId?: string) =>
      world.grantUrl(account, user(userIndex), world.integration(clientId), { state }),
    grantExternal: (button: Parameters<AmocrmPortal["grantExternal"]>[0], userIndex = 0) =>
      world.grantExternal(account, user(userIndex), button),
    longLivedToken: (days: number, userIndex = 0) =>
      world.grants.longLived(account, world.integration().clientId, user(userIndex).id, days),
    disposableToken: (userIndex = 0) =>
      world.disposableToken(account, user(userIndex), world.integration()),
  };
}

function truthTask(task: Task): TruthTask {
  return {
    id: String(task.id),
    title: task.text.split("\n")[0] ?? "",
    text: task.text,
    responsibleId: String(task.responsible_user_id),
    entityId: task.entity_id === null ? null : String(task.entity_id),
  };
}

function views(account: Account) {
  return {
    truth(): Truth {
      const deals = account.leads.byId.rows.map((lead) => ({
        id: String(lead.id),
        pipelineId: String(lead.pipeline_id),
        stageId: String(lead.status_id),
        outcome:
          lead.status_id === WON
            ? ("won" as const)
            : lead.status_id === LOST
              ? ("lost" as const)
              : ("open" as const),
        amountMinor: lead.priceMinor,
        companyId: linked(account, lead, "companies").map(String)[0] ?? null,
        contactIds: linked(account, lead, "contacts").map(String),
      }));
      const clients = [
        ...account.companies.byId.rows.map((row) => ({
          kind: "company" as const,
          id: String(row.id),
        })),
        ...account.contacts.byId.rows.map((row) => ({
          kind: "contact" as const,
          id: String(row.id),
        })),
      ];
      return { deals, clients };
    },
    tasks: () => account.tasks.byId.rows.filter((row) => row.isFromApp).map(truthTask),
    allTasks: () => account.tasks.byId.rows.map(truthTask),
    openTasks: () => account.tasks.byId.rows.filter((row) => !row.is_completed).map(truthTask),
    editTask(id: string, text: string): void {
      const task = account.tasks.get(Number(id));
      if (task === undefined) throw new Error(`no task ${id} in the sandbox`);
      account.tasks.change(task, (row) => {
        row.text = text;
      });
    },
    tags(kind: "company" | "contact", id: string): readonly string[] {
      const type = kind === "company" ? "companies" : "contacts";
      const card = account.clients(type).get(Number(id));
      return (card?.tags ?? []).map((tag) => account.tags[type].get(tag)?.name ?? "");
    },
    botRuns: () => account.botRuns,
    canaries: canaryNames,
  };
}
