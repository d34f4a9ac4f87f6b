import { asStarted } from "../domain/commands.ts";
import { ConfigurationError, EvidenceError, EvidenceStoreError, RunFailure, TokenError } from "../domain/errors.ts";
import { plain } from "../domain/text.ts";
import { PRODUCER } from "../producer.ts";
import { run, write } from "./program.ts";

/** Errors that a person can fix; any other one is a defect. */
const EXPECTED = [ConfigurationError, EvidenceStoreError, EvidenceError, RunFailure, TokenError];

const FAILED = 1;
const NOT_VALID = 2;

/** With any of them set, a person means their own tenant: the demo would hide what is missing. */
const OWN_TENANT = ["AUTH0_DOMAIN", "AUTH0_API_TOKEN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET"];

/**
 * Runs a command of the package, or the npm script of this name. Each loads only what it needs: reading evidence does not
 * load the audit.
 */
async function runCommand(command: string | undefined, arguments_: readonly string[]): Promise<void> {
  switch (command) {
    case undefined:
    case "start": {
      const isDemo = arguments_.length === 0 && !OWN_TENANT.some((name) => process.env[name]);
      return isDemo ? (await import("./commands/demo.ts")).runDemo() : runCommand("audit", arguments_);
    }
    case "audit": {
      const { auditCommand } = await import("./commands/audit.ts");
      return run(auditCommand(), arguments_);
    }
    case "report": {
      const { publishCommand } = await import("./commands/publish.ts");
      return run(publishCommand(), arguments_);
    }
    case "evidence": {
      const { evidenceCommand } = await import("./evidence.ts");
      return run(evidenceCommand(), arguments_.length === 0 ? ["--help"] : arguments_);
    }
    default: {
      const { packageCommand } = await import("./package.ts");
      return run(packageCommand(), [command, ...arguments_]);
    }
  }
}

/** One line; a defect is shown with its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return "unexpected: no error was given";
  if (EXPECTED.some((kind) => error instanceof kind)) return asStarted(plain(error.message));
  return `unexpected: ${error.stack ?? error.message}`;
}

// A reader such as `head` may close a pipe early: there is no one left to print for. Without standard error, an audit goes
// on: its record does not depend on who watches.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const [command, ...arguments_] = process.argv.slice(2);
const isAudit = command === "start" || command === "audit";
try {
  await runCommand(command, arguments_);
} catch (error) {
  const message = explain(error);
  process.stderr.write(`${PRODUCER.name}: ${message}\n`);
  // For an audit, 2 means that the run is partial.
  process.exitCode = error instanceof EvidenceError && !isAudit ? NOT_VALID : FAILED;
  if (isAudit && arguments_.includes("--json")) {
    const { noRunResult } = await import("../report/run-result.ts");
    await write(noRunResult(message));
  }
}
