import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { Grant } from "../../src/crm/host.ts";
import { sha256Hex } from "../../src/portal/installer.ts";

const KEY = "bitrix24:0123456789abcdef0123456789abcdef";
const GRANT: Grant = {
  key: KEY,
  endpoint: "https://nobody.bitrix24.ru/rest/",
  tokenServer: "https://oauth.bitrix24.tech",
  accessToken: "access",
  refreshToken: "refresh",
  accessExpiresAt: 4_102_444_800_000,
  userId: "1",
  scopes: ["crm"],
};

it("holds a portal: an installation is stored, a hook is taken, and the alarm is set", async () => {
  const stub = env.PORTAL.get(env.PORTAL.idFromName(KEY));
  expect(await stub.summary()).toBeNull();
  await stub.install(GRANT, { hookSecret: "token", isFinished: false, locale: "ru" });
  expect(await stub.summary()).toMatchObject({ key: KEY, isFinished: false });
  expect(await stub.progress()).toMatchObject({ phase: "waiting" });

  const hints = [{ entity: "deal", id: "7", isDeletion: false }] as const;
  const forged = { secretHash: await sha256Hex("other"), hints, isUnreadable: false };
  expect(await stub.receive(forged)).toBe("refused");
  const real = { secretHash: await sha256Hex("token"), hints, isUnreadable: false };
  expect(await stub.receive(real)).toBe("stored");

  await runInDurableObject(stub, async (_object, state) => {
    expect(await state.storage.getAlarm()).not.toBeNull();
    const sealed = state.storage.sql.exec("select access_sealed from token").one();
    expect(String(sealed.access_sealed)).toMatch(/^v1\.k1\./);
  });
});

it("survives a CRM that cannot be reached: the alarm comes back", async () => {
  const key = "bitrix24:11111111111111111111111111111111";
  const stub = env.PORTAL.get(env.PORTAL.idFromName(key));
  await stub.install({ ...GRANT, key }, { hookSecret: "token", isFinished: true, locale: "ru" });
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  await runInDurableObject(stub, async (_object, state) => {
    expect(await state.storage.getAlarm()).not.toBeNull();
  });
});
