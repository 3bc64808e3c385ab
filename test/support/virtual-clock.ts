import type { Instant } from "../../src/crm/ports.ts";
import { makeSettle } from "../../src/runtime/node/settle.ts";
import {
  makeVirtualClock as makeClock,
  type VirtualClock,
} from "../../src/simulation/virtual-clock.ts";

export type { VirtualClock };

const settle = makeSettle();

/** The simulation's clock, settled as Node can: real work beside the event loop is waited for, however busy the machine. */
export function makeVirtualClock(start?: Instant): VirtualClock {
  return makeClock(settle, start);
}
