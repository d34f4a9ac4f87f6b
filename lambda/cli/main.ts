import { ConfigurationError, EvidenceError, EvidenceStoreError, RunFailure, TokenError } from "../domain/errors.ts";
import { plain } from "../domain/text.ts";
import { PRODUCER } from "../producer.ts";
import { run } from "./program.ts";

/** Errors that a person can fix; any other one is a defect. */
const EXPECTED = [ConfigurationError, EvidenceStoreError, EvidenceError, RunFailure, TokenError];

const FAILED = 1;
const NOT_VALID = 2;

/** With any of them set, a person means their own tenant: the demo would hide what is missing. */
const OWN_TENANT = ["AUTH0_DOMAIN", "AUTH0_API_TOKEN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET"];

/** Runs the npm script of this name. Each loads only what it needs: reading evidence does not load the audit. */
async function runScript(script: string | undefined, arguments_: readonly string[]): Promise<void> {
  switch (script) {
    case "start": {
      const isDemo = arguments_.length === 0 && !OWN_TENANT.some((name) => process.env[name]);
      if (isDemo) return (await import("./commands/demo.ts")).runDemo();
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
    default:
      throw new TypeError(`There is no script ${script}; package.json lists them.`);
  }
}

/** One line; a defect is shown with its stack. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return "unexpected: no error was given";
  if (EXPECTED.some((kind) => error instanceof kind)) return plain(error.message);
  return `unexpected: ${error.stack ?? error.message}`;
}

// A reader such as `head` may close the pipe early.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const [script, ...arguments_] = process.argv.slice(2);
try {
  await runScript(script, arguments_);
} catch (error) {
  process.stderr.write(`${PRODUCER.name}: ${explain(error)}\n`);
  // For an audit, 2 means that the run is partial.
  process.exitCode = error instanceof EvidenceError && script !== "start" ? NOT_VALID : FAILED;
}
