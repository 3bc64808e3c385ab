import { describe, expect, it } from "vitest";
import { makeJsonLog } from "./json-log.ts";

describe("the log", () => {
  const lines: string[] = [];
  const log = makeJsonLog(
    (line) => lines.push(line),
    "info",
    () => 0,
  );

  it("writes one JSON line and cuts what smells of secrets or people", () => {
    log.info("hook.stored", {
      portal: "bitrix24:1",
      accessToken: "canary",
      authorization: "canary",
      clientName: "canary",
      phone: "canary",
      code: "host.timeout",
      ms: 4,
      missing: undefined,
    });
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      level: "info",
      event: "hook.stored",
      portal: "bitrix24:1",
      accessToken: "[cut]",
      authorization: "[cut]",
      clientName: "[cut]",
      phone: "[cut]",
      code: "host.timeout",
      ms: 4,
    });
  });

  it("keeps a line a line, whatever is put into it", () => {
    log.warn("x\ny", { reason: 'a\n{"level":"error"}\u001b[31m', long: "z".repeat(5_000) });
    const line = lines.at(-1) ?? "";
    expect(line).not.toContain("\n");
    expect(line).not.toContain("\u001b");
    expect(line.length).toBeLessThan(500);
  });

  it("stays silent below its level and survives a sink that fails", () => {
    const before = lines.length;
    log.debug("quiet");
    expect(lines).toHaveLength(before);
    const broken = makeJsonLog(
      () => {
        throw new Error("disk full");
      },
      "info",
      () => 0,
    );
    expect(() => broken.error("anything")).not.toThrow();
  });
});
