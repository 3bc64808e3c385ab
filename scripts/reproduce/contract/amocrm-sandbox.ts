import { groupOf } from "./amocrm-parsers.ts";
import { requestOf } from "./amocrm-requests.ts";
import { makeRoom } from "./amocrm-room.ts";
import { type AmocrmSample, routeOf, sampleName } from "./amocrm-sample.ts";
import { expectEqual, type Ledger, type Problems } from "./ledger.ts";
import { compareShapes } from "./shape.ts";

/** The sandbox against the samples: the sample's own request, with ids that the account knows. */
export async function checkAmocrmSandbox(
  ledger: Ledger,
  samples: readonly AmocrmSample[],
): Promise<void> {
  for (const sample of samples) {
    const ask = requestOf(sample);
    if (ask === null) continue;
    const group = sample.call.includes("/oauth") ? "tokens" : groupOf(sample);
    if (typeof ask === "string") {
      ledger.note(group, `${sampleName(sample)}: ${ask}`);
      continue;
    }
    const place = {
      group,
      sample: sampleName(sample),
      kind: "sandbox",
      isInferred: sample.inferred,
    };
    await ledger.check(place, async () => shapeProblems(sample, await ask(makeRoom())));
  }
}

const EMPTY_HERE = "depends on what people entered";
const OTHER_PAGES = "depends on how many rows there are";

/** Paths that are not compared, with the reason, by route. */
const FREE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "GET /api/v4/leads/{}": { "_embedded.catalog_elements": "goods are not linked to deals there" },
  "GET /api/v4/users": {
    "_embedded.users[].rights.status_rights": "rights for single stages: none set",
  },
};

/** Links of pages and values of cards, in every list. */
const FREE_ANYWHERE: readonly (readonly [RegExp, string])[] = [
  [/^_links\.(next|prev|first|last)$/, OTHER_PAGES],
  [/custom_fields_values$/, EMPTY_HERE],
];

export function shapeProblems(
  sample: AmocrmSample,
  answer: { readonly status: number; readonly body: unknown },
): Problems {
  const paths = FREE[routeOf(sample)] ?? {};
  const isFree = (path: string) =>
    path in paths || FREE_ANYWHERE.some(([pattern]) => pattern.test(path));
  const { status, body } = sample.response;
  const problems = statusProblems(status, answer.status);
  if (problems.length > 0) return [...problems, JSON.stringify(answer.body).slice(0, 160)];
  // Pages of the machines in front of the API are HTML of any kind.
  if (typeof body === "string") return expectEqual("text", typeof answer.body, "string");
  return body === null ? [] : compareShapes(body, answer.body, isFree);
}

/** Whether a creation says 200 or 201 is disputed between the vendor's own pages. */
function statusProblems(expected: number, actual: number): Problems {
  const isCreated = [200, 201].includes(expected) && [200, 201].includes(actual);
  return isCreated ? [] : expectEqual("status", actual, expected);
}
