import { z } from "zod";
import { apiRateInput, apiUse } from "../crm/api-use.ts";
import { cardDocument } from "../crm/card.ts";
import { dryRunDocument, overviewDocument, syncProgress } from "../crm/overview.ts";
import { goalInput, kpiGoals } from "../crm/overview-kpis.ts";
import {
  ruleClients,
  ruleClientsInput,
  ruleRefusal,
  savedRuleInput,
  savedRules,
} from "../crm/saved-rules.ts";
import { rfmThresholds, segmentRuleSchema } from "../crm/segment-rule.ts";
import { rfmComparison, segmentPreview, segmentsDocument } from "../crm/segmentation.ts";
import {
  settingsDocument,
  settingsDraft,
  settingsInput,
  settingsPreview,
} from "../crm/settings.ts";
import { marginInput, spendInput, spendRefusal, spendTable } from "../crm/spend.ts";
import { runList, undoDocument, writingChoice, writingDocument } from "../crm/writing.ts";

interface Operation {
  readonly method: "get" | "post" | "put";
  readonly path: string;
  readonly summary: string;
  readonly answer: z.ZodType;
  readonly query?: readonly string[];
  readonly body?: z.ZodType;
  /** Answer 400 where it says more than a code. */
  readonly refusal?: z.ZodType;
}

/** Every route of our own API; the routes of hosts are described in docs/hosts. */
export const API_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/api/card",
    summary: "Card document of an entity that this session has proved",
    answer: cardDocument,
    query: ["entity", "id"],
  },
  {
    method: "get",
    path: "/api/card/view",
    summary:
      "The same with its part of the page; `client` = another client of the record, whose card this viewer may read; `size` = `column` or `full` (with `detail`)",
    answer: z.object({ card: cardDocument, html: z.string() }),
    query: ["entity", "id", "client", "size"],
  },
  {
    method: "get",
    path: "/api/installation",
    summary:
      "Is what we need registered at the CRM, and has the person finished the installer (admins)",
    answer: z.object({
      isPrepared: z.boolean(),
      isFinished: z.boolean(),
      warnings: z.array(z.string()),
    }),
  },
  { method: "get", path: "/api/sync", summary: "Progress of the first sync", answer: syncProgress },
  {
    method: "get",
    path: "/api/usage",
    summary:
      "What we ask of the CRM: requests, limit answers and failures by day, rate, pause (admins)",
    answer: apiUse,
  },
  {
    method: "put",
    path: "/api/usage/rate",
    summary: "Requests a second that the account gives us; null = the usual (admins)",
    body: apiRateInput,
    answer: apiUse,
  },
  {
    method: "get",
    path: "/api/overview",
    summary: "Figures and segments of the whole base (admins)",
    answer: overviewDocument,
  },
  {
    method: "get",
    path: "/api/segments",
    summary:
      "Segments, recipes and both RFM methods with the effect of switching, and the facts a rule may ask for (admins)",
    answer: segmentsDocument,
  },
  {
    method: "post",
    path: "/api/segments/preview",
    summary: "Counts a rule over the stored clients; nothing is saved (admins)",
    body: segmentRuleSchema,
    answer: segmentPreview,
    refusal: ruleRefusal,
  },
  {
    method: "post",
    path: "/api/segments/clients",
    summary: "Clients of a rule, page by page, with the addresses of their cards (admins)",
    body: ruleClientsInput,
    answer: ruleClients,
    refusal: ruleRefusal,
  },
  {
    method: "get",
    path: "/api/segments/rules",
    summary: "Rules that were named and kept (admins)",
    answer: savedRules,
  },
  {
    method: "put",
    path: "/api/segments/rules",
    summary: "Keeps a rule under a name; one with the same code is replaced (admins)",
    body: savedRuleInput,
    answer: savedRules,
    refusal: ruleRefusal,
  },
  {
    method: "post",
    path: "/api/segments/rules/{code}/remove",
    summary: "Removes a kept rule; removing it twice changes nothing (admins)",
    answer: savedRules,
  },
  {
    method: "post",
    path: "/api/segments/rfm-preview",
    summary: "What RFM limits of one's own would change; nothing is saved (admins)",
    body: rfmThresholds,
    answer: rfmComparison,
  },
  {
    method: "post",
    path: "/api/goals",
    summary: "Sets or replaces the goal on a figure (admins)",
    body: goalInput,
    answer: kpiGoals,
  },
  {
    method: "post",
    path: "/api/goals/{code}/remove",
    summary: "Takes the goal off a figure; taking it off twice changes nothing (admins)",
    answer: kpiGoals,
  },
  {
    method: "get",
    path: "/api/spend",
    summary: "What acquisition costs: the spend table and the average margin (admins)",
    answer: spendTable,
  },
  {
    method: "put",
    path: "/api/spend",
    summary:
      "Replaces the whole spend table, all rows or none; a text is lines of month;channel;amount[;kind]. Refused with the lines that cannot be used (400), or when the table has changed since `version` (409) (admins)",
    body: spendInput,
    answer: spendTable,
    refusal: spendRefusal,
  },
  {
    method: "put",
    path: "/api/margin",
    summary: "Sets the average margin in percent of revenue; null = unknown (admins)",
    body: marginInput,
    answer: spendTable,
  },
  {
    method: "get",
    path: "/api/writing",
    summary: "What playbooks may write besides the mark, and which of it this CRM offers (admins)",
    answer: writingDocument,
  },
  {
    method: "put",
    path: "/api/writing",
    summary: "Chooses what playbooks write; nothing is written before a list is approved (admins)",
    body: writingChoice,
    answer: writingDocument,
  },
  {
    method: "get",
    path: "/api/runs",
    summary:
      "Approved runs: what they have written, what an undo would take back, and what one has done (admins)",
    answer: runList,
  },
  {
    method: "post",
    path: "/api/runs/{id}/undo",
    summary: "Takes back what a run has written, as far as nobody has changed it since (admins)",
    answer: undoDocument,
  },
  {
    method: "get",
    path: "/api/settings",
    summary: "What counts as a purchase, who the client is, how fast the CRM is asked (admins)",
    answer: settingsDocument,
  },
  {
    method: "put",
    path: "/api/settings",
    summary:
      "Replaces the settings and counts purchases anew; refused (409) when they have changed since `version` (admins)",
    body: settingsInput,
    answer: settingsDocument,
  },
  {
    method: "post",
    path: "/api/settings/preview",
    summary: "Clients, purchases and money now and under other settings; nothing is saved (admins)",
    body: settingsDraft,
    answer: settingsPreview,
  },
  {
    method: "post",
    path: "/api/playbooks/{code}/dry-run",
    summary: "Exact list of the changes a playbook would make (admins)",
    answer: dryRunDocument,
  },
  { method: "get", path: "/api/runs/{id}", summary: "One dry run or run", answer: dryRunDocument },
  {
    method: "post",
    path: "/api/runs/{id}/approve",
    summary: "Approves a dry run; approving twice changes nothing",
    answer: dryRunDocument,
  },
];

/** OpenAPI 3.1 document of `/api`. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of API_OPERATIONS) {
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
    const parameters = [
      ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string" } })),
      ...(operation.query ?? []).map((name) => ({
        name,
        in: "query",
        required: true,
        schema: { type: "string" },
      })),
    ];
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: {
        summary: operation.summary,
        parameters,
        ...(operation.body
          ? {
              requestBody: {
                required: true,
                content: { "application/json": { schema: z.toJSONSchema(operation.body) } },
              },
            }
          : {}),
        security: [{ session: [] }],
        responses: {
          200: {
            description: "OK",
            content: { "application/json": { schema: z.toJSONSchema(operation.answer) } },
          },
          ...(operation.refusal
            ? {
                400: {
                  description: "What is wrong with the request",
                  content: { "application/json": { schema: z.toJSONSchema(operation.refusal) } },
                },
              }
            : {}),
          default: { $ref: "#/components/responses/Error" },
        },
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Client Pulse", version },
    paths,
    components: {
      securitySchemes: { session: { type: "http", scheme: "bearer" } },
      responses: {
        Error: {
          description: "code, message for a person, requestId",
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["code", "message", "requestId"],
                properties: {
                  code: { type: "string" },
                  message: { type: "string" },
                  requestId: { type: "string" },
                },
              },
            },
          },
        },
      },
    },
  };
}
