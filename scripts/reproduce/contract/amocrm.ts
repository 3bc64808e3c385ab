import type { Check as Row } from "../models.ts";
import { genericProblems, otherPostProblems, statusTableProblems } from "./amocrm-answers.ts";
import {
  accessToken,
  type Check,
  consent,
  disconnected,
  installedByServer,
  renamed,
  returned,
  secrets,
  tokenAnswer,
  widgetToken,
} from "./amocrm-doors.ts";
import { checkHooks } from "./amocrm-hooks.ts";
import { groupOf, ROUTES, readEventValue } from "./amocrm-parsers.ts";
import { type AmocrmSample, routeOf, sampleName } from "./amocrm-sample.ts";
import { checkAmocrmSandbox } from "./amocrm-sandbox.ts";
import { Ledger } from "./ledger.ts";

/** Every sample of amoCRM against the adapter and, where it serves it, against the sandbox. */
export async function checkAmocrm(samples: readonly AmocrmSample[]): Promise<readonly Row[]> {
  const ledger = new Ledger("amocrm");
  for (const sample of samples) await checkSample(ledger, sample, samples);
  await checkHooks(ledger, samples);
  await checkAmocrmSandbox(ledger, samples);
  const rows = ledger.rows(samples.length);
  const table = statusTableProblems();
  return [
    ...rows.slice(0, -1),
    {
      name: "amocrm documented statuses",
      ok: table.length === 0,
      detail: table.join("; ") || "all as expected",
    },
    ...rows.slice(-1),
  ];
}

const FLOWS: readonly (readonly [RegExp, string, Check])[] = [
  [/^GET https:\/\/www\./, "connection", consent],
  [/^302 ->/, "connection", returned],
  [/^GET redirect_uri/, "connection", installedByServer],
  [/^POST \{secrets_uri\}/, "connection", secrets],
  [/^GET \{disconnect hook\}/, "connection", disconnected],
  [/^decoded access token/, "tokens", accessToken],
  [/^decoded/, "tokens", widgetToken],
  [/^POST \/oauth2/, "tokens", tokenAnswer],
  [/oauth2\/account\/current\/subdomain/, "tokens", renamed],
  [/^event value shapes/, "event values", readEventValue],
  [/^(DIGITAL PIPELINE|SALESBOT)/, "posts that we do not take", otherPostProblems],
];

async function checkSample(
  ledger: Ledger,
  sample: AmocrmSample,
  all: readonly AmocrmSample[],
): Promise<void> {
  // Hooks have no answer to read; they are checked by their bodies.
  if (sample.request?.raw !== undefined) return;
  const name = sampleName(sample);
  const flow = FLOWS.find(([pattern]) => pattern.test(sample.call));
  if (flow) {
    const [, group, run] = flow;
    await ledger.check({ group, sample: name, kind: "door" }, () => run(sample, all));
    return;
  }
  const group = groupOf(sample);
  await ledger.check({ group, sample: name, kind: "answer" }, () => genericProblems(sample));
  const read = ROUTES[routeOf(sample)];
  if (read && sample.response.status > 0 && sample.response.status < 300) {
    await ledger.check({ group, sample: name, kind: "parser" }, () => read(sample, all));
  }
}
