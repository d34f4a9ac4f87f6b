/** The program of the package. Says that Node.js is too old, before anything loads that needs a newer one. */

import { PROGRAM } from "../lambda/domain/commands.ts";
import { isTooOld, OLDEST_NODE } from "./oldest-node.ts";
import { needsFlag, startAgain } from "./start-again.ts";

const { node } = process.versions;
if (isTooOld(node)) {
  process.stderr.write(`${PROGRAM}: Node.js ${OLDEST_NODE} or newer is needed; this is ${node}.\n`);
  process.exitCode = 1;
} else if (needsFlag()) {
  startAgain();
} else {
  // Node.js 22 warns that its SQLite is experimental. It serves as a lock and stores nothing.
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...options: unknown[]) => {
    if (!String(warning).startsWith("SQLite ")) Reflect.apply(emitWarning, process, [warning, ...options]);
  };
  await import("../lambda/cli/main.ts");
}
