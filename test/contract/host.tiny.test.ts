import { makeVirtualClock } from "../support/virtual-clock.ts";
import { contractSeed, describeHost, type HostUnderTest } from "./host.contract.ts";
import { makeSeededRandom, transportTo } from "./host-link.ts";
import { describeWriting } from "./host-writing.contract.ts";
import { makeTinyCrm } from "./tiny-crm.ts";
import { makeTinyHost, TINY_ORIGIN, tinyKey } from "./tiny-host.ts";

async function makeUnderTest(): Promise<HostUnderTest> {
  const clock = makeVirtualClock();
  const crm = makeTinyCrm(clock);
  crm.control.seed(contractSeed(clock.now()));
  const { access, refresh } = crm.tokens();
  return {
    host: makeTinyHost(),
    portal: crm.control,
    grant: {
      key: tinyKey(),
      endpoint: `${TINY_ORIGIN}/api/`,
      tokenServer: null,
      accessToken: access,
      refreshToken: refresh,
      accessExpiresAt: clock.now() + 3_600_000,
      userId: "1",
      scopes: [],
    },
    transport: transportTo(crm.fetch),
    clock,
    random: makeSeededRandom(7),
    publicUrl: "https://pulse.example",
    advance: (ms) => clock.runTo(clock.now() + ms),
    run: (work) => clock.run(work),
  };
}

describeHost("The tiny test host", makeUnderTest);
describeWriting("The tiny test host", makeUnderTest);
