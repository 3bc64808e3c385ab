import { describe, expect, it } from "vitest";
import { fakeLink, json, nothing } from "../../../test/support/amocrm-fakes.ts";
import type { CardEntity } from "../../crm/host.ts";
import { canViewerRead } from "./viewer.ts";

const STAMPS = { created_at: 1, updated_at: 1 };

interface Scene {
  readonly view?: string;
  readonly entity?: CardEntity;
  readonly responsible?: number;
  readonly group?: number | null;
  /** Group of the responsible person. */
  readonly theirs?: number | null;
  readonly user?: object;
  readonly isAdmin?: boolean;
  readonly isMissing?: boolean;
}

/** User 7 of group 0 looks at a card. */
async function mayRead(scene: Scene): Promise<boolean> {
  const { view = "A", entity = "deal", responsible = 9, group = 5 } = scene;
  const link = fakeLink((_request, url) => {
    if (url.pathname.includes("/users/")) {
      const rights = { leads: { view }, contacts: { view }, companies: { view } };
      const { theirs = null } = scene;
      const other = { id: responsible, rights: { ...rights, is_active: true, group_id: theirs } };
      const own = { ...rights, is_active: true, group_id: 0, ...scene.user };
      return json(url.pathname.endsWith("/7") ? { id: 7, rights: own } : other);
    }
    if (scene.isMissing) return nothing;
    const card = { id: 12, responsible_user_id: responsible, group_id: group, ...STAMPS };
    return json(entity === "deal" ? { ...card, pipeline_id: 1, status_id: 2 } : card);
  });
  const viewer = { userId: "7", isAdmin: scene.isAdmin ?? false, accessToken: null };
  return await canViewerRead(link, viewer, entity, "12");
}

describe("rights of the viewer", () => {
  it.each<[string, Scene, boolean]>([
    ["everything with A", { view: "A" }, true],
    ["the own group's with G", { view: "G", group: 0 }, true],
    ["no other group's with G", { view: "G" }, false],
    [
      "a group's with G where rows never learned of groups",
      { view: "G", group: 0, theirs: 3, user: { group_id: 3 } },
      true,
    ],
    ["no other group's with G where rows say zero", { view: "G", group: 0, theirs: 3 }, false],
    [
      "no other group's with G where rows say nothing",
      { view: "G", group: null, theirs: 3 },
      false,
    ],
    ["own ones with G in another group", { view: "G", responsible: 7 }, true],
    ["own ones with M", { view: "M", responsible: 7 }, true],
    ["no other person's with M", { view: "M", group: 0 }, false],
    ["nothing with D", { view: "D", responsible: 7 }, false],
    ["nothing with a letter that we do not know", { view: "Z", responsible: 7 }, false],
    ["contacts by their own letter", { view: "M", entity: "contact", responsible: 7 }, true],
    ["companies by their own letter", { view: "D", entity: "company", responsible: 7 }, false],
    ["everything as an administrator", { view: "D", isAdmin: true }, true],
    [
      "everything when the account says administrator",
      { view: "D", user: { is_admin: true } },
      true,
    ],
    ["nothing after leaving the company", { view: "A", user: { is_active: false } }, false],
    ["nothing that is gone", { view: "A", isMissing: true }, false],
  ])("show %s", async (_name, scene, expected) => {
    expect(await mayRead(scene)).toBe(expected);
  });

  it("follow a right for a single stage before that for all deals", async () => {
    const status = { entity_type: "leads", pipeline_id: 1, status_id: 2, rights: { view: "D" } };
    expect(await mayRead({ view: "A", user: { status_rights: [status] } })).toBe(false);
  });
});
