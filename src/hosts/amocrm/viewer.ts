import type { CardEntity, HostLink, ViewerProof } from "../../crm/host.ts";
import { readOne } from "./api.ts";
import { clientRow, leadRow, type UserRow, userRow } from "./schema.ts";

/**
 * May this user see this card? The widget's frame reads with the installer's token, an administrator's, so the viewer's
 * own rights are applied here: A all, G own group, M own. D and letters that we do not know see nothing, except that
 * L (linked) sees what is the viewer's own.
 */
export async function canViewerRead(
  link: HostLink,
  viewer: ViewerProof,
  entity: CardEntity,
  id: string,
): Promise<boolean> {
  if (viewer.isAdmin) return true;
  const [rawUser, owned] = await Promise.all([
    readOne(link, "users.one", `users/${encodeURIComponent(viewer.userId)}`),
    readOwned(link, entity, id),
  ]);
  const user = userRow.safeParse(rawUser).data;
  if (!user || !owned?.isVisible || user.id !== viewer.userId) return false;
  if (!user.rights.is_active) return false;
  if (user.rights.is_admin) return true;
  const letter = viewLetter(user, entity, owned);
  return allows(letter, user, letter === "G" ? await inItsGroup(link, owned) : owned);
}

/**
 * A record belongs to the group of its responsible person. Zero is the account's first group, but also what rows say that
 * never learned of a group: then the person's own is asked.
 */
async function inItsGroup(link: HostLink, owned: Owned): Promise<Owned> {
  const { groupId, responsibleId } = owned;
  const isKnown = groupId !== null && groupId !== FIRST_GROUP;
  if (isKnown || responsibleId === null || responsibleId === ROBOT) return owned;
  const raw = await readOne(link, "users.one", `users/${encodeURIComponent(responsibleId)}`);
  const group = userRow.safeParse(raw).data?.rights.group_id;
  return group === undefined || group === null ? owned : { ...owned, groupId: group };
}

interface Owned {
  readonly responsibleId: string | null;
  readonly groupId: string | null;
  readonly isVisible: boolean;
  /** Deals only. */
  readonly stage: { readonly pipelineId: string; readonly statusId: string } | null;
}

async function readOwned(link: HostLink, entity: CardEntity, id: string): Promise<Owned | null> {
  const place = encodeURIComponent(id);
  if (entity === "deal") {
    const row = leadRow.safeParse(await readOne(link, "leads.one", `leads/${place}`)).data;
    if (!row) return null;
    const stage = { pipelineId: row.pipeline_id, statusId: row.status_id };
    return { ...ownership(row), stage };
  }
  const path = entity === "contact" ? "contacts" : "companies";
  const row = clientRow.safeParse(await readOne(link, `${path}.one`, `${path}/${place}`)).data;
  return row ? { ...ownership(row), stage: null } : null;
}

function ownership(row: {
  responsible_user_id: string | null;
  group_id: string | null;
  is_deleted: boolean;
}) {
  return {
    responsibleId: row.responsible_user_id,
    groupId: row.group_id,
    isVisible: !row.is_deleted,
  };
}

/** Rights of a single stage override those of all deals. */
function viewLetter(user: UserRow, entity: CardEntity, owned: Owned): string {
  const { rights } = user;
  if (entity === "contact") return rights.contacts.view;
  if (entity === "company") return rights.companies.view;
  const own = rights.status_rights.find(
    (one) => one.pipeline_id === owned.stage?.pipelineId && one.status_id === owned.stage?.statusId,
  );
  return own?.rights.view ?? rights.leads.view;
}

const ROBOT = "0";

/** Whoever is in no group of their own is in the account's first one, which rows name by zero. */
const FIRST_GROUP = "0";

function allows(letter: string, user: UserRow, owned: Owned): boolean {
  const isOwn = owned.responsibleId === user.id;
  switch (letter) {
    case "A":
      return true;
    case "G":
      return (
        isOwn || (owned.groupId !== null && owned.groupId === (user.rights.group_id ?? FIRST_GROUP))
      );
    case "M":
    case "L":
      return isOwn;
    default:
      return false;
  }
}
