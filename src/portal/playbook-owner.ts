import type { PortalRow } from "./portal-row.ts";
import type { SqlReader } from "./sql.ts";

/**
 * Who gets the tasks of clients without an active responsible person: the administrator who installed us, unless the CRM
 * says that this person is no longer active.
 */
export function findPlaybookOwner(sql: SqlReader, portal: PortalRow): string | null {
  const user = sql.get<{ is_active: number }>(
    "select is_active from user where id = ?",
    portal.installer_id,
  );
  return user?.is_active === 0 ? null : portal.installer_id;
}
