import { makeBitrix24Subject, PUBLIC_URL } from "./bitrix24-subject.ts";
import { describeHost, type HostUnderTest } from "./host.contract.ts";
import { describeWriting } from "./host-writing.contract.ts";

async function makeUnderTest(): Promise<HostUnderTest> {
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
}

describeHost("Bitrix24", makeUnderTest);
describeWriting("Bitrix24", makeUnderTest);
