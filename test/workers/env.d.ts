import type { WorkerEnv } from "../../src/runtime/cloudflare/portal-object.ts";

declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {}
    interface GlobalProps {
      mainModule: typeof import("../../src/runtime/cloudflare/worker.ts");
    }
  }
}
