import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findOperatorAddress, tellOperatorAddress } from "./operator-address.ts";

describe("the word that a running server leaves for its commands", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pulse-operator-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(["op", "f".repeat(64)])("is found whatever token the operator chose: %s", (token) => {
    const forget = tellOperatorAddress(folder, { port: 3000, token });
    expect(findOperatorAddress(folder)).toEqual({ port: 3000, token });
    expect(statSync(join(folder, "operator.json")).mode & 0o077).toBe(0);
    forget();
    expect(findOperatorAddress(folder)).toBeNull();
  });
});
