import type { Desk, Door, DoorCall, DoorReply } from "../../crm/door.ts";
import { AppError, errorCode } from "../../crm/error.ts";
import type { HostConfig } from "../../crm/host.ts";
import { handleConnect, handleReturn } from "./connect.ts";
import { handleEvent, handleEvents } from "./events.ts";
import { type FormMap, parseForm } from "./form.ts";
import {
  frameOf,
  handleApp,
  handleCard,
  handleInstaller,
  handleReload,
  handleSession,
} from "./pages.ts";
import { handleRobot } from "./robot.ts";

const FORM_BYTES = 64 * 1024;
const EVENT_BYTES = 2 * 1024 * 1024;

type FormHandler = (
  form: FormMap,
  call: DoorCall,
  desk: Desk,
  config: HostConfig,
) => Promise<DoorReply>;

/** The routes of this host. */
export function makeDoors(config: HostConfig): readonly Door[] {
  return [
    formDoor("/bitrix24/install", EVENT_BYTES, config, handleInstall),
    formDoor("/bitrix24/app", FORM_BYTES, config, handleApp),
    formDoor("/bitrix24/card", FORM_BYTES, config, handleCard),
    reloadDoor("/bitrix24/app", config),
    reloadDoor("/bitrix24/card", config),
    {
      method: "POST",
      path: "/bitrix24/session",
      maxBodyBytes: FORM_BYTES,
      handle: (call, desk) => guarded(() => handleSession(call, desk, config)),
    },
    {
      method: "POST",
      path: "/bitrix24/events",
      maxBodyBytes: EVENT_BYTES,
      handle: (call, desk) => handleEvents(call, desk, config),
    },
    formDoor("/bitrix24/robot", FORM_BYTES, config, (form, _call, desk) => handleRobot(form, desk)),
    getDoor("/bitrix24/connect", (call, desk) => handleConnect(call, desk, config)),
    getDoor("/bitrix24/oauth", (call, desk) => handleReturn(call, desk, config)),
  ];
}

function formDoor(
  path: string,
  maxBodyBytes: number,
  config: HostConfig,
  handle: FormHandler,
): Door {
  return {
    method: "POST",
    path,
    maxBodyBytes,
    handle: async (call, desk) => {
      const reply = await guarded(() => handle(parseForm(call.body), call, desk, config));
      return reply.kind === "error" ? { ...reply, frameOrigins: frameOf(call, config) } : reply;
    },
  };
}

function getDoor(path: string, handle: (call: DoorCall, desk: Desk) => Promise<DoorReply>): Door {
  const guardedHandle: Door["handle"] = (call, desk) => guarded(() => handle(call, desk));
  return { method: "GET", path, maxBodyBytes: 0, handle: guardedHandle };
}

function reloadDoor(path: string, config: HostConfig): Door {
  return getDoor(path, async (call) => handleReload(call, config));
}

/** A door answers with a value also when the proof fails. What we do not know stays an exception. */
async function guarded(handle: () => Promise<DoorReply>): Promise<DoorReply> {
  try {
    return await handle();
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === "internal") throw thrown;
    const retryAfterMs = thrown instanceof AppError ? thrown.retryAfterMs : null;
    return retryAfterMs === null ? { kind: "error", code } : { kind: "error", code, retryAfterMs };
  }
}

/** One address for the installer page of a person and for the event of an app without pages. */
const handleInstall: FormHandler = (form, call, desk, config) =>
  form.has("event")
    ? handleEvent(form, call, desk, config)
    : handleInstaller(form, call, desk, config);
