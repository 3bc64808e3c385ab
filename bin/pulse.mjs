#!/usr/bin/env node
// Plain JavaScript that any Node can read: it refuses an old one before anything of ours, or a database, is opened.
const OLDEST = 24;
const major = Number(process.versions.node.split(".")[0]);
if (major < OLDEST) {
  process.stderr.write(
    `Client Pulse needs Node ${OLDEST} or newer; this is ${process.versions.node}. Run it through npm (npm start, npm run pulse -- COMMAND), which brings the right one.\n`,
  );
  process.exit(1);
}

// No await at the top: a Node that cannot parse it has to reach the sentence above.
import("../scripts/ensure-built.mjs")
  .then(({ ensureBuilt }) => ensureBuilt())
  .then(() => import("../dist/server/pulse.js"))
  .then(({ main }) => main(process.argv.slice(2)))
  .then(
    (code) => {
      process.exitCode = code;
    },
    (cause) => {
      const isDebug = process.argv.includes("--debug");
      process.stderr.write(
        isDebug ? `${cause.stack}\n` : `pulse: ${cause.message.split("\n")[0]}\n`,
      );
      process.exitCode = 1;
    },
  );
