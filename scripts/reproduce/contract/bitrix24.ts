import { readdirSync, readFileSync } from "node:fs";
import type { Check } from "../models.ts";
import {
  eventProblems,
  frameProblems,
  oauthProblems,
  placementProblems,
  robotProblems,
} from "./bitrix24-doors.ts";
import {
  bodyProblems,
  expectedVerdict,
  methodErrorProblems,
  tableProblems,
} from "./bitrix24-errors.ts";
import { READERS, readEnvelope } from "./bitrix24-methods.ts";
import { asFields, type Bitrix24Sample, type NamedSample, nameSamples } from "./bitrix24-sample.ts";
import { checkBitrix24Sandbox, servedMethods } from "./bitrix24-sandbox.ts";
import { expectEqual, Ledger, type Problems } from "./ledger.ts";

/** Every sample of Bitrix24 against the adapter and, where it serves it, against the sandbox. */
export async function checkBitrix24(samples: readonly Bitrix24Sample[]): Promise<readonly Check[]> {
  const ledger = new Ledger("bitrix24");
  const all = nameSamples(samples);
  for (const sample of all) await checkSample(ledger, sample, all);
  await checkBitrix24Sandbox(ledger, all);
  const rows = ledger.rows(all.length);
  const [total] = rows.slice(-1);
  return [
    ...rows.slice(0, -1),
    toRow("bitrix24 documented errors", tableProblems()),
    toRow("bitrix24 methods the adapter calls", callProblems()),
    ...(total ? [total] : []),
  ];
}

function toRow(name: string, problems: Problems): Check {
  return { name, ok: problems.length === 0, detail: problems.join("; ") || "all as expected" };
}

type DoorCheck = (sample: NamedSample, all: readonly NamedSample[]) => Problems | Promise<Problems>;

const BY_KIND: Readonly<Record<string, readonly [group: string, check: DoorCheck]>> = {
  event: ["event posts", eventProblems],
  event_capture: ["event posts", eventProblems],
  placement_post: ["placement posts", placementProblems],
  robot_post: ["robot posts", robotProblems],
  oauth: ["token server", oauthProblems],
  frame_message: ["frame messages", frameProblems],
};

async function checkSample(
  ledger: Ledger,
  sample: NamedSample,
  all: readonly NamedSample[],
): Promise<void> {
  const known = BY_KIND[sample.kind];
  if (known) {
    const [group, run] = known;
    await ledger.check({ group, sample: sample.id, kind: "door" }, () => run(sample, all));
    return;
  }
  if (sample.kind === "error") {
    const place = { group: "errors", sample: sample.id, kind: "judge" };
    await ledger.check(place, () => {
      const { error, error_description } = asFields(sample.response);
      const expected = expectedVerdict(error, error_description);
      return bodyProblems(sample.http_status ?? 0, sample.response, expected);
    });
    return;
  }
  if (sample.kind === "method") await checkMethod(ledger, sample, all);
}

async function checkMethod(
  ledger: Ledger,
  sample: NamedSample,
  all: readonly NamedSample[],
): Promise<void> {
  const method = sample.method ?? "";
  const group = groupOf(method);
  await ledger.check({ group, sample: sample.id, kind: "envelope" }, () => readEnvelope(sample));
  const read = READERS[method];
  if (read) {
    await ledger.check({ group, sample: sample.id, kind: "parser" }, () => read(sample, all));
  }
  if (sample.error_example || sample.errors) {
    const place = { group, sample: sample.id, kind: "judge" };
    await ledger.check(place, () => methodErrorProblems(sample));
  }
}

/** Methods that neither the adapter calls nor the sandbox serves share a row. */
export function groupOf(method: string): string {
  const isKnown = method in READERS || servedMethods().has(method.toLowerCase());
  return isKnown ? method : "methods that we do not call";
}

/** Reads the adapter's code: a method that is called there without a reader here would go unchecked. */
function callProblems(): Problems {
  const folder = new URL("../../../src/hosts/bitrix24/", import.meta.url);
  const called = new Set<string>();
  for (const file of readdirSync(folder)) {
    if (file.endsWith(".test.ts")) continue;
    for (const method of methodsIn(readFileSync(new URL(file, folder), "utf8"))) called.add(method);
  }
  return expectEqual("methods", [...called].sort(), Object.keys(READERS).sort());
}

const LITERAL =
  /["`]((?:crm|catalog|feature|user|event|placement|app|tasks|im|bizproc|userfieldtype)\.[a-z$][\w.${}]*|profile|batch)["`]/g;
const KIND = /\$\{kind\}/;

const CARD = /\$\{card\}/;

function methodsIn(code: string): readonly string[] {
  return [...code.matchAll(LITERAL)].flatMap(([, name = ""]) => {
    if (CARD.test(name)) {
      return ["company", "contact", "deal"].map((card) => name.replace(CARD, card));
    }
    return KIND.test(name)
      ? ["company", "contact"].map((kind) => name.replace(KIND, kind))
      : [name];
  });
}
