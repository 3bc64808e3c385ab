import { z } from "zod";
import { provenOrigin } from "../crm/address.ts";
import { AppError } from "../crm/error.ts";
import type { AppRegistration, HostConfig } from "../crm/host.ts";
import { LOG_LEVELS, type LogLevel } from "./json-log.ts";
import type { MasterKey } from "./vault.ts";

/** Everything the environment says, checked. A missing or contradictory setting names its variable. */
export interface ServerConfig {
  readonly port: number;
  readonly publicUrl: string;
  readonly dataFolder: string;
  readonly keys: readonly MasterKey[];
  readonly region: "ru" | "other" | null;
  readonly isProduction: boolean;
  readonly host: HostConfig;
  readonly speed: number;
  readonly operatorToken: string | null;
  readonly metricsToken: string | null;
  readonly trustProxy: boolean;
  readonly logLevel: LogLevel;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PRODUCTS = ["bitrix24", "amocrm", "kommo"] as const;

export function readConfig(environment: Environment): ServerConfig {
  const read = (name: string): string | null => environment[name]?.trim() || null;
  const isProduction = !["development", "test"].includes(read("NODE_ENV") ?? "production");
  const devHosts = list(read("DEV_HOSTS"));
  if (isProduction && devHosts.length > 0) {
    throw invalid("DEV_HOSTS", "is allowed only when NODE_ENV is development or test");
  }
  const speed = parse(
    "SYNC_SPEED",
    z.coerce.number().min(1).max(10_000),
    read("SYNC_SPEED") ?? "1",
  );
  if (speed !== 1 && devHosts.length === 0) {
    throw invalid("SYNC_SPEED", "is allowed only together with DEV_HOSTS");
  }
  const region = read("PULSE_REGION");
  if (isProduction && region === null) throw invalid("PULSE_REGION", "is required: ru or other");
  const port = parse("PORT", z.coerce.number().int().min(0).max(65_535), read("PORT") ?? "3000");
  return {
    port,
    publicUrl: readPublicUrl(read("PUBLIC_URL"), port, isProduction),
    dataFolder: read("DATA_DIR") ?? "./data",
    keys: readKeys(read("PULSE_KEYS")),
    region: region === null ? null : parse("PULSE_REGION", z.enum(["ru", "other"]), region),
    isProduction,
    host: readHostConfig(read, devHosts, readPublicUrl(read("PUBLIC_URL"), port, isProduction)),
    speed,
    operatorToken: read("OPERATOR_TOKEN"),
    metricsToken: read("METRICS_TOKEN"),
    trustProxy: parse("TRUST_PROXY", z.stringbool(), read("TRUST_PROXY") ?? "false"),
    logLevel: parse("LOG_LEVEL", z.enum(LOG_LEVELS), read("LOG_LEVEL") ?? "info"),
  };
}

function readHostConfig(
  read: (name: string) => string | null,
  devHosts: readonly string[],
  publicUrl: string,
): HostConfig {
  const registrations: AppRegistration[] = [];
  for (const product of PRODUCTS) {
    const prefix = product.toUpperCase();
    const clientId = read(`${prefix}_CLIENT_ID`);
    const clientSecret = read(`${prefix}_CLIENT_SECRET`);
    if (clientId !== null && clientSecret !== null) {
      registrations.push({ product, clientId, clientSecret });
    } else if (clientId !== null || clientSecret !== null) {
      const missing = clientId === null ? `${prefix}_CLIENT_ID` : `${prefix}_CLIENT_SECRET`;
      throw invalid(missing, "is missing while its twin is set: give both or neither");
    }
  }
  const oauthServers = list(
    read("BITRIX24_OAUTH_SERVERS") ?? "https://oauth.bitrix.info,https://oauth.bitrix24.tech",
  ).map((server) => readOrigin("BITRIX24_OAUTH_SERVERS", server, devHosts));
  return {
    registrations,
    publicUrl,
    oauthServers,
    zones: {
      amocrm: list(read("AMOCRM_ZONES") ?? "amocrm.ru"),
      kommo: list(read("KOMMO_ZONES") ?? "kommo.com,amocrm.com"),
    },
    devHosts,
  };
}

function readKeys(text: string | null): MasterKey[] {
  if (text === null) {
    throw invalid("PULSE_KEYS", "is required: id:base64(32 bytes), comma separated");
  }
  const keys = list(text).map((entry): MasterKey => {
    const at = entry.indexOf(":");
    const id = entry.slice(0, at);
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(id)) throw invalid("PULSE_KEYS", "has a key without an id");
    const bytes = decodeKey(entry.slice(at + 1));
    if (bytes?.length !== 32) throw invalid("PULSE_KEYS", `key ${id} is not base64 of 32 bytes`);
    return { id, bytes };
  });
  if (new Set(keys.map((key) => key.id)).size !== keys.length) {
    throw invalid("PULSE_KEYS", "names one key id twice");
  }
  return keys;
}

function decodeKey(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return null;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}

function readPublicUrl(text: string | null, port: number, isProduction: boolean): string {
  if (text === null) {
    if (isProduction) throw invalid("PUBLIC_URL", "is required: the https address that CRMs call");
    return `http://127.0.0.1:${port}`;
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid("PUBLIC_URL", "is not a URL");
  if (isProduction && url.protocol !== "https:") throw invalid("PUBLIC_URL", "must be https");
  if (url.search !== "" || url.hash !== "") throw invalid("PUBLIC_URL", "must be a bare address");
  return url.href.replace(/\/+$/, "");
}

function readOrigin(variable: string, text: string, devHosts: readonly string[]): string {
  try {
    return provenOrigin(text, { devHosts });
  } catch {
    throw invalid(variable, "must be bare https addresses of public servers");
  }
}

function list(text: string | null): string[] {
  return (text ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

function parse<T>(variable: string, schema: z.ZodType<T>, text: string): T {
  const outcome = schema.safeParse(text);
  if (!outcome.success) throw invalid(variable, "has a value that is not allowed");
  return outcome.data;
}

function invalid(variable: string, why: string): AppError {
  return new AppError("config.invalid", { message: `${variable} ${why}.`, details: { variable } });
}
