import { field, readJson, readPage } from "../../../src/hosts/amocrm/api.ts";
import { readDelivery } from "../../../src/hosts/amocrm/events.ts";
import { judge } from "../../../src/hosts/amocrm/judge.ts";
import { type AmocrmSample, responseOf } from "./amocrm-sample.ts";
import { asFields, asList } from "./bitrix24-sample.ts";
import { expectEqual, type Problems } from "./ledger.ts";

/** How a status has to be taken, by the vendor's table of statuses; HTML comes from the machines in front. */
function expectedVerdict(status: number, isHtml: boolean): string {
  if (status < 300) return "ok";
  if (status === 401) return "tokenExpired";
  if (status === 403) return isHtml ? "host.blocked" : "host.no_rights";
  if (status === 404) return isHtml ? "moved" : "host.not_found";
  if (status === 402) return "host.payment_required";
  if (status === 429) return "host.rate_limited";
  if (status === 504) return "host.timeout";
  return status >= 500 ? "host.unavailable" : "host.refused";
}

export function verdictProblems(sample: AmocrmSample): Problems {
  const response = responseOf(sample);
  const verdict = judge(response);
  const seen = verdict.kind === "error" ? verdict.code : verdict.kind;
  const isHtml = response.headers["content-type"] === "text/html";
  return expectEqual("verdict", seen, expectedVerdict(response.status, isHtml));
}

/** Every row of the vendor's table, whether a sample shows it or not. */
export function statusTableProblems(): Problems {
  const statuses = [200, 204, 400, 401, 402, 403, 404, 405, 422, 429, 500, 502, 503, 504];
  return statuses.flatMap((status) =>
    ["application/problem+json", "text/html"].flatMap((type) => {
      const response = { status, headers: { "Content-Type": type }, body: { status } };
      const sample = {
        id: `${status} ${type}`,
        call: "",
        inferred: false,
        request: null,
        response,
      };
      return verdictProblems(sample).map((problem) => `${sample.id}: ${problem}`);
    }),
  );
}

/** The layer that every answer goes through: verdict, JSON, HAL page, refused fields. */
export function genericProblems(sample: AmocrmSample): Problems {
  const problems = sample.response.status === 0 ? [] : verdictProblems(sample);
  const { body } = sample.response;
  const response = { ...responseOf(sample), status: sample.response.status || 200 };
  if (typeof body === "string" || response.headers["content-type"] === "text/html") return problems;
  const [collection = ""] = Object.keys(asFields(asFields(body)._embedded));
  const isList = Array.isArray(field(field(body, "_embedded"), collection));
  return [
    ...problems,
    ...expectEqual("json", readJson(response), body),
    ...(isList
      ? expectEqual(
          "rows",
          readPage(response, collection).rows,
          asFields(asFields(body)._embedded)[collection],
        )
      : []),
    ...pathProblems(sample),
  ];
}

/** Refused fields are named to us by their path, never by their value. */
function pathProblems(sample: AmocrmSample): Problems {
  const lists = asList(asFields(sample.response.body)["validation-errors"]).map(asFields);
  const paths = lists.flatMap(({ errors }) => asList(errors).map((one) => asFields(one).path));
  const verdict = judge(responseOf(sample));
  const seen = verdict.kind === "error" ? verdict.details?.paths : undefined;
  const wanted = paths.filter((path) => path !== "").join(",");
  return expectEqual("paths", seen ?? "", wanted);
}

/** Bodies that are no hook of ours: nothing is read from them, and nothing breaks. */
export function otherPostProblems(sample: AmocrmSample): Problems {
  const body = JSON.stringify(sample.request?.body);
  return expectEqual("delivery", readDelivery(body, "secret-of-the-portal"), null);
}
