import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { lockDataFolder } from "./folder-lock.ts";

const folders: string[] = [];
const aFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "pulse-lock-"));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const SECOND_OWNER = `
  const { lockDataFolder } = await import(process.argv[1]);
  try {
    lockDataFolder(process.argv[2]);
    console.log("locked");
  } catch (error) {
    console.log(error.message);
  }`;

/** What another process hears that wants the folder. */
function another(folder: string): string {
  const module = new URL("./folder-lock.ts", import.meta.url).href;
  const args = ["--input-type=module", "-e", SECOND_OWNER, module, folder];
  return spawnSync(process.execPath, args, { encoding: "utf8" }).stdout.trim();
}

describe("the lock of a data folder", () => {
  it("keeps every other process out and names the owner", () => {
    const folder = aFolder();
    const unlock = lockDataFolder(folder);
    expect(another(folder)).toContain(`is in use by process ${process.pid}`);
    unlock();
    expect(another(folder)).toBe("locked");
  });

  it("holds although the owner's id says nothing, as between containers", () => {
    const folder = aFolder();
    const unlock = lockDataFolder(folder);
    // The same id as ours in another container, or one that does not exist here.
    writeFileSync(join(folder, "owner.lock"), String(process.pid));
    expect(() => lockDataFolder(folder)).toThrow("is in use");
    writeFileSync(join(folder, "owner.lock"), "999999");
    expect(another(folder)).toContain("is in use");
    unlock();
  });

  it("is free again when its owner has died without a word", () => {
    const folder = aFolder();
    expect(another(folder)).toBe("locked");
    expect(() => lockDataFolder(folder)()).not.toThrow();
  });
});
