import type { HttpResponse } from "../../../src/crm/ports.ts";
import { jsonResponse } from "./bench.ts";

/** One entry of `bitrix24-examples.json`; which fields there are depends on the kind. */
export interface Bitrix24Sample {
  readonly kind: string;
  readonly method: string | null;
  readonly api?: string;
  readonly source: string;
  readonly variant?: string;
  readonly note?: string;
  readonly request?: unknown;
  readonly http_status?: number | null;
  readonly response?: unknown;
  readonly error_example?: {
    readonly http_status: number | number[];
    readonly body: unknown;
  } | null;
  readonly errors?:
    | readonly {
        readonly status?: number | string | null;
        readonly code?: unknown;
        readonly message?: string;
      }[]
    | null;
  readonly event?: string;
  readonly payload?: Fields;
  readonly form?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly placement?: string;
  readonly placement_options_decoded?: unknown;
  readonly command?: string;
  readonly what?: string;
  readonly http?: string;
  readonly content_type?: string;
  readonly body?: unknown;
}

export interface NamedSample extends Bitrix24Sample {
  readonly id: string;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Names every sample by its position, what it is about and where it is from. */
export function nameSamples(samples: readonly Bitrix24Sample[]): readonly NamedSample[] {
  return samples.map((sample, at) => {
    const about =
      sample.method ?? sample.event ?? sample.placement ?? sample.command ?? sample.kind;
    const page = sample.source.split("/").at(-1) ?? "";
    return { ...sample, id: `#${at} ${about} (${page})` };
  });
}

export function asFields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function resultOf(sample: Bitrix24Sample): unknown {
  return asFields(sample.response).result;
}

export function responseOf(sample: Bitrix24Sample): HttpResponse {
  return jsonResponse(sample.http_status ?? 200, sample.response);
}
