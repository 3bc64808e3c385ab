import { json } from "./answer.ts";
import { batch, type Route, single } from "./call.ts";

/** Bots that apps start. */

export const BOT_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v2/salesbot/run",
    handle: (call) => {
      call.account.botRuns.push(...batch(call));
      return json({ success: true }, 202);
    },
  },
  {
    method: "POST",
    path: "/api/v4/bots/{}/run",
    handle: (call, [id]) => {
      call.account.botRuns.push({ ...single(call), bot_id: Number(id) });
      return new Response(null, { status: 202 });
    },
  },
];
