import { describe, expect, it } from "vitest";
import { systemRandom } from "./system-ports.ts";
import { type MasterKey, makeVault } from "./vault.ts";

const key = (id: string, fill: number): MasterKey => ({ id, bytes: new Uint8Array(32).fill(fill) });

describe("the vault", () => {
  it("opens what it sealed, and only in the same place", async () => {
    const vault = makeVault([key("a", 1)], systemRandom);
    const sealed = await vault.seal("refresh-token", "bitrix24:1/token/refresh");
    expect(sealed).not.toContain("refresh-token");
    expect(await vault.open(sealed, "bitrix24:1/token/refresh")).toBe("refresh-token");
    await expect(vault.open(sealed, "bitrix24:2/token/refresh")).rejects.toMatchObject({
      code: "vault.cannot_open",
    });
  });

  it("opens texts of an older key and seals with the first", async () => {
    const old = await makeVault([key("old", 1)], systemRandom).seal("x", "p");
    const vault = makeVault([key("new", 2), key("old", 1)], systemRandom);
    expect(await vault.open(old, "p")).toBe("x");
    expect(await vault.seal("x", "p")).toMatch(/^v1\.new\./);
  });

  it("refuses a wrong key, a lost key and damaged text", async () => {
    const sealed = await makeVault([key("a", 1)], systemRandom).seal("x", "p");
    for (const vault of [
      makeVault([key("a", 2)], systemRandom),
      makeVault([key("b", 1)], systemRandom),
    ]) {
      await expect(vault.open(sealed, "p")).rejects.toMatchObject({ code: "vault.cannot_open" });
    }
    const vault = makeVault([key("a", 1)], systemRandom);
    for (const damaged of ["", "v1.a", `${sealed.slice(0, -2)}AA`, "v1.a.%%%"]) {
      await expect(vault.open(damaged, "p")).rejects.toMatchObject({ code: "vault.cannot_open" });
    }
  });

  it("never seals alike twice", async () => {
    const vault = makeVault([key("a", 1)], systemRandom);
    expect(await vault.seal("x", "p")).not.toBe(await vault.seal("x", "p"));
  });
});
