import type { Edit } from "../../src/sandbox/contract.ts";
import type { Flow } from "./flow-world.ts";

/** People at work in the CRM: one change of every kind after another, on records chosen by a seed. */
export async function work(flow: Flow, changes: number, seed: number): Promise<void> {
  const pick = picker(seed);
  const deleted: string[] = [];
  for (let change = 0; change < changes; change += 1) {
    const edit = KINDS[change % KINDS.length]?.(flow, pick, deleted);
    if (edit) flow.crm.edit(edit, change % 5 === 4 ? -1 : 0);
    await flow.pass(0.2 + pick(10) / 50);
  }
}

type Pick = (below: number) => number;

function picker(seed: number): Pick {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

const dealId = (flow: Flow, pick: Pick): string => {
  const { deals } = flow.crm.truth();
  return deals[pick(deals.length)]?.id ?? "";
};

const client = (flow: Flow, pick: Pick) => {
  const { clients } = flow.crm.truth();
  const { kind, id } = clients[pick(clients.length)] ?? { kind: "contact" as const, id: "" };
  return { clientKind: kind, clientId: id };
};

const KINDS: readonly ((flow: Flow, pick: Pick, deleted: string[]) => Edit | null)[] = [
  (flow, pick) => ({ kind: "createDeal", ...client(flow, pick), amountMinor: pick(1_000) * 100 }),
  (flow, pick) => ({ kind: "winDeal", dealId: dealId(flow, pick) }),
  (flow, pick) => ({ kind: "setAmount", dealId: dealId(flow, pick), amountMinor: pick(900) * 100 }),
  (flow, pick) => ({ kind: "setClient", dealId: dealId(flow, pick), ...client(flow, pick) }),
  (flow, pick) => ({ kind: "loseDeal", dealId: dealId(flow, pick) }),
  (_flow, pick) => ({ kind: "createClient", clientKind: pick(2) === 0 ? "company" : "contact" }),
  (flow, pick, deleted) => {
    const id = dealId(flow, pick);
    deleted.push(id);
    return { kind: "deleteDeal", dealId: id };
  },
  (flow, pick) => ({ kind: "reopenDeal", dealId: dealId(flow, pick) }),
  (flow, pick) => ({ kind: "addActivity", ...client(flow, pick), activity: "call" }),
  (_flow, pick, deleted) => {
    const [id] = deleted.splice(pick(deleted.length), 1);
    return id === undefined ? null : { kind: "restoreDeal", dealId: id };
  },
  (flow, pick) => ({ kind: "deleteClient", ...client(flow, pick) }),
  (flow, pick) => {
    const loser = client(flow, pick);
    const winner = flow.crm
      .truth()
      .clients.find(({ kind, id }) => kind === loser.clientKind && id !== loser.clientId);
    if (!winner) return null;
    const { clientKind, clientId: loserId } = loser;
    return { kind: "mergeClients", winnerId: winner.id, loserId, clientKind };
  },
];
