import { makeBitrix24Subject, PUBLIC_URL } from "./bitrix24-subject.ts";
import { describeHost } from "./host.contract.ts";

describeHost("Bitrix24", async () => {
  const subject = await makeBitrix24Subject();
  const { host, portal, transport, clock, random, run } = subject;
  const { grant } = await subject.install();
  return {
    host,
    portal,
    grant,
    transport,
    clock,
    random,
    publicUrl: PUBLIC_URL,
    advance: (ms) => clock.runTo(clock.now() + ms),
    run,
  };
});
