import type { FaultRule } from "../contract.ts";
import type { Account } from "./account.ts";
import { typed } from "./answer.ts";
import type { Settings } from "./options.ts";

/** The connection died: `sandbox.fetch` rejects with this. */
class CutConnection extends Error {
  constructor() {
    super("the sandbox cut the connection");
    this.name = "CutConnection";
  }
}

type Serve = () => Promise<Response>;

function taken(account: Account, call: string): FaultRule | null {
  for (const entry of account.faults) {
    if (!call.includes(entry.rule.match)) continue;
    entry.seen += 1;
    const skip = entry.rule.after ?? 0;
    if (entry.seen > skip && entry.seen <= skip + entry.rule.times) return entry.rule;
  }
  return null;
}

/** Serves a call with the first fault that is due. `journal` hears what the caller saw; 0 = a dead connection. */
export async function withFaults(
  account: Account,
  settings: Settings,
  call: string,
  serve: Serve,
  journal: (status: number) => void,
): Promise<Response> {
  const rule = taken(account, call);
  const fault = rule?.fault;
  if (fault === undefined) return serve();
  switch (fault.kind) {
    case "status":
      journal(fault.status);
      return typed(fault.body ?? "", fault.status, fault.contentType ?? "text/html");
    case "cutAfterCommit":
      await serve();
      throw new CutConnection();
    case "cutBefore":
      journal(0);
      throw new CutConnection();
    case "delay":
      await settings.clock.sleep(fault.ms);
      return serve();
    case "lateCommit":
      void settings.clock.sleep(fault.ms).then(serve);
      throw new CutConnection();
    default:
      return fault satisfies never;
  }
}
