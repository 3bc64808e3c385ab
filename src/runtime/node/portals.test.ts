import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { PortalKey } from "../../crm/portal-key.ts";
import type { Log } from "../../crm/ports.ts";
import type { Portal } from "../../portal/portal-api.ts";
import { makeSystemClock } from "../system-ports.ts";
import { makeDirectory } from "./directory.ts";
import { makePortalHouse, portalFile } from "./portals.ts";
import { openSqlite } from "./sqlite.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A house whose portals only count their ticks; `tick` decides how long one takes. */
function aHouse(
  tick: () => Promise<number | null>,
  stopLimitMs = 20,
  quiesce: () => Promise<void> = () => Promise.resolve(),
) {
  const dataFolder = mkdtempSync(join(tmpdir(), "pulse-house-"));
  folders.push(dataFolder);
  const clock = makeSystemClock(() => Promise.resolve());
  const directory = makeDirectory(openSqlite(":memory:").sql, clock);
  const errors: string[] = [];
  const ticked: PortalKey[] = [];
  const closed: PortalKey[] = [];
  const log: Log = {
    debug() {},
    info() {},
    warn() {},
    error: (event, fields) =>
      errors.push(`${event} ${fields?.portal} ${fields?.code ?? ""}`.trim()),
  };
  const house = makePortalHouse({
    directory,
    dataFolder,
    clock,
    log,
    stopLimitMs,
    makePortal(key, file) {
      mkdirSync(dirname(file), { recursive: true });
      const { close } = openSqlite(file);
      const portal = {
        tick() {
          ticked.push(key);
          return tick();
        },
        quiesce,
      } as Portal;
      return {
        portal,
        close() {
          close();
          closed.push(key);
        },
      };
    },
  });
  return { house, directory, dataFolder, errors, ticked, closed };
}

describe("the house of all portals", () => {
  it("starts although one portal's file is damaged, and says which", async () => {
    const { house, directory, dataFolder, errors, ticked } = aHouse(async () => null);
    for (const key of ["fake:1", "fake:2", "fake:3"] as const) {
      await house.open(key);
    }
    await house.stop();
    const file = portalFile(dataFolder, "fake:2");
    writeFileSync(file, "x".repeat(4096));
    expect(directory.list()).toHaveLength(3);
    const again = aHouseOver(dataFolder, directory, errors, ticked);
    again.start();
    expect(ticked).toEqual(["fake:1", "fake:3"]);
    expect(errors).toEqual(["portal.cannot_open fake:2 SQLITE_NOTADB"]);
    await again.stop();
  });

  it("says so when the file of a known portal is not there", async () => {
    const { house, directory, errors } = aHouse(async () => null);
    await house.open("fake:1");
    expect(errors).toEqual([]);
    directory.add("fake:2");
    await house.find("fake:2");
    expect(errors).toEqual(["portal.file_missing fake:2"]);
    await house.stop();
  });

  it("waits for a token on its way before it closes a file", async () => {
    let arrive = () => {};
    const token = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const { house, closed } = aHouse(
      () => Promise.resolve(null),
      60_000,
      () => token,
    );
    await house.open("fake:1");
    const stopped = house.stop();
    await new Promise((resolve) => setImmediate(resolve));
    expect(closed).toEqual([]);
    arrive();
    await stopped;
    expect(closed).toEqual(["fake:1"]);
  });

  it("stops in its time although a tick waits for a CRM that does not answer", async () => {
    const { house, closed } = aHouse(() => new Promise(() => {}));
    await house.open("fake:1");
    house.wake("fake:1");
    await house.stop();
    expect(closed).toEqual(["fake:1"]);
  });
});

/** The same folder opened by the next process. */
function aHouseOver(
  dataFolder: string,
  directory: ReturnType<typeof makeDirectory>,
  errors: string[],
  ticked: PortalKey[],
) {
  return makePortalHouse({
    directory,
    dataFolder,
    clock: makeSystemClock(() => Promise.resolve()),
    log: {
      debug() {},
      info() {},
      warn() {},
      error: (event, fields) => errors.push(`${event} ${fields?.portal} ${fields?.code}`),
    },
    makePortal(key, file) {
      const { close } = openSqlite(file);
      const tick = async () => {
        ticked.push(key);
        return null;
      };
      const quiesce = () => Promise.resolve();
      return { portal: { tick, quiesce } as unknown as Portal, close };
    },
  });
}
