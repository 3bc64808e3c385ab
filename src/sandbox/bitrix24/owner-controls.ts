import { raiseAppEvent } from "./hooks.ts";
import type { Install, Portal, PortalUser, World } from "./model.ts";

export interface QueueEntry {
  readonly event: string;
  readonly connector: string;
  /** A reader has taken it and not yet confirmed. */
  readonly isTaken: boolean;
}

/** What the portal's owner and the vendor do to it as a whole. */
export interface OwnerControls {
  /** Stops the whole portal: plan ended, closed, blocked for overload. */
  setBlock(block: Portal["block"]): void;
  /** The application's paid time ends or is paid again; ONAPPPAYMENT goes out, without a secret as in the samples. */
  setPayment(payment: Portal["payment"]): void;
  /** What waits in the application's queue of offline events, oldest first. */
  offlineQueue(): readonly QueueEntry[];
  /** Makes somebody an administrator, takes it away, or dismisses them. */
  setUser(
    userIndex: number,
    change: Partial<Pick<PortalUser, "isAdmin" | "isActive" | "sees">>,
  ): void;
}

export function ownerControls(
  world: World,
  portal: Portal,
  installOf: () => Install,
): OwnerControls {
  return {
    setBlock(block) {
      portal.block = block;
    },
    setPayment(payment) {
      portal.payment = payment;
      const install = installOf();
      const data = {
        CODE: install.app.code,
        VERSION: install.version,
        STATUS: install.app.status,
        PAYMENT_EXPIRED: payment.isExpired ? "Y" : "N",
        DAYS: payment.days ?? 0,
        LANGUAGE_ID: "ru",
      };
      raiseAppEvent(world, install, { event: "ONAPPPAYMENT", data, userId: 0 }, "nothing");
    },
    offlineQueue: () =>
      portal.offline.map(({ event, connector, processId }) => ({
        event,
        connector,
        isTaken: processId !== "",
      })),
    setUser(userIndex, change) {
      const changed = portal.users.filter((one) => !one.isSystem)[userIndex];
      portal.users = portal.users.map((one) => (one === changed ? { ...one, ...change } : one));
    },
  };
}
