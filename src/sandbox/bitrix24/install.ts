import { raiseAppEvent } from "./hooks.ts";
import { type AppCard, hex, type Install, nextId, type Portal, type World } from "./model.ts";
import { revokeTokens } from "./tokens.ts";

/** Life of an application on a portal: opened installer, finished, updated, removed. */

/** Puts the application on the portal, not yet finished. Putting it on again gives a new application token. */
export function beginInstall(world: World, portal: Portal, app: AppCard, userId: number): Install {
  const known = portal.installs.get(app.clientId);
  const install: Install = {
    app,
    portal,
    localId: known?.localId ?? nextId(portal, "application", 5),
    version: known?.version ?? 1,
    applicationToken:
      known !== undefined && portal.keepsApplicationToken ? known.applicationToken : hex(world, 16),
    isInstalled: false,
    isRemoved: false,
    installedBy: userId,
    handlers: known === undefined || known.isRemoved ? [] : known.handlers,
    placements: known === undefined || known.isRemoved ? [] : known.placements,
    fieldTypes: known === undefined || known.isRemoved ? [] : known.fieldTypes,
    badges: known === undefined || known.isRemoved ? [] : known.badges,
    robots: known === undefined || known.isRemoved ? [] : known.robots,
    triggers: known === undefined || known.isRemoved ? [] : known.triggers,
    appOptions: known?.appOptions ?? {},
    userOptions: known?.userOptions ?? new Map(),
  };
  if (known !== undefined) revokeTokens(world, known);
  portal.installs.set(app.clientId, install);
  return install;
}

/** What `installFinish()` in the installer's frame does: placements show, events flow, ONAPPINSTALL goes out. */
export function finishInstall(world: World, install: Install): void {
  if (install.isInstalled || install.isRemoved) return;
  install.isInstalled = true;
  const data = { VERSION: install.version, ACTIVE: "Y", INSTALLED: "Y", LANGUAGE_ID: "ru" };
  raiseAppEvent(
    world,
    install,
    { event: "ONAPPINSTALL", data, userId: install.installedBy },
    "withRefresh",
  );
}

/** A new version drops handlers and placements of the old one and rotates the application token. */
export function updateApp(world: World, install: Install): void {
  const previous = install.version;
  install.version += 1;
  install.applicationToken = hex(world, 16);
  const data = { VERSION: install.version, PREVIOUS_VERSION: previous, LANGUAGE_ID: "ru" };
  // Addressed before the old version's handlers are gone.
  raiseAppEvent(
    world,
    install,
    { event: "ONAPPUPDATE", data, userId: install.installedBy },
    "withRefresh",
  );
  dropRegistrations(install);
}

/** All tokens are dead before the event leaves; `erase` wipes the options as well. */
export function removeApp(world: World, install: Install, erase: boolean): void {
  if (install.isRemoved) return;
  revokeTokens(world, install);
  install.isRemoved = true;
  install.isInstalled = false;
  raiseAppEvent(
    world,
    install,
    {
      event: "ONAPPUNINSTALL",
      data: { LANGUAGE_ID: "ru", CLEAN: erase ? 1 : 0 },
      userId: 0,
    },
    "none",
  );
  dropRegistrations(install);
  if (!erase) return;
  install.appOptions = {};
  install.userOptions.clear();
}

/** Everything that a version of the application has registered on the portal. */
function dropRegistrations(install: Install): void {
  install.handlers = [];
  install.placements = [];
  install.fieldTypes = [];
  install.badges = [];
  install.robots = [];
  install.triggers = [];
}
