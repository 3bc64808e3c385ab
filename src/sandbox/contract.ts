import type { Clock, Random } from "../crm/ports.ts";

/**
 * What the sandboxes of all CRMs have in common, so that the demo, the flow suite and the simulation drive them alike.
 * A sandbox is a value: no socket, no global clock. It shares no parsing code with the adapter it faces.
 */
export interface SandboxOptions {
  readonly clock: Clock;
  /** Seeded: the same seed gives the same ids, tokens and data. */
  readonly random: Random;
  /** How the sandbox reaches the app (hooks, server-to-server redirects). Rejects when nobody answers. */
  readonly deliver: (request: Request) => Promise<Response>;
  /** Limits and hook deadlines run this many times faster (matches SYNC_SPEED). Default 1. */
  readonly speed?: number;
}

export interface Sandbox<Control> {
  /** Serves every origin of this CRM; told apart by the request's URL host (falls back to the Host header). */
  fetch(request: Request): Promise<Response>;
  readonly control: Control;
}

export interface SeedClient {
  /** Caller's own name for the client, unique within the seed. */
  readonly key: string;
  readonly kind: "company" | "contact";
  readonly createdAt: number;
  /** Index into the portal's users. */
  readonly responsible: number;
}

export interface SeedDeal {
  /** null = a deal without client. */
  readonly clientKey: string | null;
  readonly amountMinor: number | null;
  readonly outcome: "open" | "won" | "lost";
  readonly createdAt: number;
  /** Moment of reaching the won or lost stage; null while open. */
  readonly closedAt: number | null;
  readonly responsible: number;
  /** 0 = main pipeline, 1 = second. */
  readonly pipeline: 0 | 1;
  /** Index into a short list of sources; null = unknown. */
  readonly source: number | null;
}

export interface SeedActivity {
  readonly clientKey: string;
  readonly kind: "call" | "meeting" | "email" | "task";
  readonly direction: "in" | "out";
  readonly at: number;
  readonly isDone: boolean;
}

export interface SeedData {
  readonly currency: string;
  readonly clients: readonly SeedClient[];
  /** Written in this order; ids ascend. */
  readonly deals: readonly SeedDeal[];
  readonly activities: readonly SeedActivity[];
}

/** A change made by a person (or robot) inside the CRM; raises the host's events. */
export type Edit =
  | {
      readonly kind: "createDeal";
      readonly clientId: string | null;
      readonly clientKind: "company" | "contact";
      readonly amountMinor: number | null;
      readonly pipeline?: 0 | 1;
    }
  | {
      readonly kind: "winDeal" | "loseDeal" | "reopenDeal" | "deleteDeal" | "restoreDeal";
      readonly dealId: string;
    }
  | { readonly kind: "setAmount"; readonly dealId: string; readonly amountMinor: number | null }
  | {
      readonly kind: "setClient";
      readonly dealId: string;
      readonly clientId: string;
      readonly clientKind: "company" | "contact";
    }
  | { readonly kind: "createClient"; readonly clientKind: "company" | "contact" }
  | {
      readonly kind: "deleteClient";
      readonly clientId: string;
      readonly clientKind: "company" | "contact";
    }
  | {
      readonly kind: "mergeClients";
      readonly winnerId: string;
      readonly loserId: string;
      readonly clientKind: "company" | "contact";
    }
  | {
      readonly kind: "addActivity";
      readonly clientId: string;
      readonly clientKind: "company" | "contact";
      readonly activity: "call" | "email" | "meeting";
    }
  /** A person adds a label of their own, or takes ours away. */
  | {
      readonly kind: "tagClient";
      readonly clientId: string;
      readonly clientKind: "company" | "contact";
      readonly add?: string;
      readonly remove?: string;
    };

/** Random trouble with hooks; probabilities 0..1. */
export interface HookTrouble {
  readonly drop: number;
  readonly double: number;
  /** Share of hooks held back and sent after later ones. */
  readonly reorder: number;
  readonly maxDelayMs: number;
}

export interface FaultRule {
  /** Substring of `METHOD path`, or of the REST method; empty = any. */
  readonly match: string;
  /** Applies to this many calls, then stops. */
  readonly times: number;
  /** Skip so many matching calls first. */
  readonly after?: number;
  readonly fault:
    | {
        readonly kind: "status";
        readonly status: number;
        readonly body?: string;
        readonly contentType?: string;
      }
    /** The call is carried out, then the connection dies. */
    | { readonly kind: "cutAfterCommit" }
    /** The connection dies and nothing happens. */
    | { readonly kind: "cutBefore" }
    | { readonly kind: "delay"; readonly ms: number }
    /** The connection dies at once; the call is carried out this much later (a zombie write). */
    | { readonly kind: "lateCommit"; readonly ms: number };
}

export interface JournalEntry {
  readonly at: number;
  readonly portal: string;
  /** `POST /api/v4/tasks`, `batch`, `crm.item.list`, `hook ONCRMDEALUPDATE`, ... */
  readonly call: string;
  readonly status: number;
  /** Created, changed or deleted something in the CRM on behalf of an app. */
  readonly isWrite: boolean;
  /** For inner calls of a batch: the outer call's index. */
  readonly inner?: boolean;
}

export interface TruthDeal {
  readonly id: string;
  readonly pipelineId: string;
  readonly stageId: string;
  readonly outcome: "open" | "won" | "lost";
  readonly amountMinor: number | null;
  readonly companyId: string | null;
  readonly contactIds: readonly string[];
}

export interface Truth {
  readonly deals: readonly TruthDeal[];
  readonly clients: readonly { readonly kind: "company" | "contact"; readonly id: string }[];
}

export interface TruthTask {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly responsibleId: string;
  readonly entityId: string | null;
}

/** The control plane that every sandbox portal offers. */
export interface SandboxPortal {
  /** The host's own id (member_id, account id). */
  readonly accountId: string;
  /** `http://name.host:port` as it is now. */
  readonly origin: () => string;
  readonly users: readonly { readonly id: string; readonly isAdmin: boolean }[];
  seed(data: SeedData): void;
  /** Returns the id of what was created or touched. `userIndex` -1 = robot. */
  edit(edit: Edit, userIndex?: number): string;
  setHookTrouble(trouble: HookTrouble | null): void;
  /** Sends held-back hooks; resolves when all have been answered or dropped. */
  flushHooks(): Promise<void>;
  addFault(rule: FaultRule): void;
  clearFaults(): void;
  rename(name: string): void;
  /** Access tokens die now; `refresh` too. */
  expireTokens(what: "access" | "all"): void;
  /** As the admin: install the registered app by the host's own route; resolves when the sandbox has done its part. */
  install(userIndex?: number): Promise<void>;
  uninstall(options: { readonly erase: boolean }): Promise<void>;
  truth(): Truth;
  tasks(): readonly TruthTask[];
  /** Our labels on the client as a person sees them. */
  tags(kind: "company" | "contact", id: string): readonly string[];
  /** Page of the CRM with the card and our frame inside, for a browser. */
  cardUrl(entity: "deal" | "contact" | "company", id: string, userIndex?: number): string;
  /** Page of the CRM with our app page inside. */
  appUrl(userIndex?: number): string;
  journal(): readonly JournalEntry[];
  clearJournal(): void;
  /** Names that the sandbox put into titles, phones, mails, comments: must be found nowhere in the app's data. */
  canaries(): readonly string[];
}
