import { once } from "node:events";
import { ConfigurationError, EvidenceError, EvidenceStoreError } from "../domain/errors.ts";
import { plain } from "../domain/text.ts";
import { openStore } from "../evidence/store/open.ts";
import { PRODUCER } from "../producer.ts";
import { diff, history, report, show, verify } from "./evidence-commands.ts";
import { parseEvidenceCommand } from "./evidence-options.ts";

const ANSWERED = 0;
const UNREADABLE = 1;
const NOT_VALID = 2;

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

/** Answers the exit status. */
async function main(): Promise<number> {
  const command = parseEvidenceCommand(process.argv.slice(2));
  if (command.kind === "shown") return ANSWERED;
  const { exists, list, location, read } = await openStore(command.in);
  // Only what reads: nothing of this program can write to the evidence.
  const store = { exists, list, location, read };
  switch (command.kind) {
    case "verify":
      return (await verify(store, command, write)) ? ANSWERED : NOT_VALID;
    case "diff":
      await diff(store, command, write);
      return ANSWERED;
    case "history":
      await history(store, command, write);
      return ANSWERED;
    case "show":
      await show(store, command, write);
      return ANSWERED;
    case "report":
      await report(store, command, write);
      return ANSWERED;
    default:
      return command satisfies never;
  }
}

/** One line for what a person can mend; anything else is a defect, and says where. */
function explain(error: unknown): string {
  const isExpected =
    error instanceof ConfigurationError || error instanceof EvidenceStoreError || error instanceof EvidenceError;
  if (isExpected) return plain(error.message);
  return error instanceof Error ? `unexpected: ${error.stack ?? error.message}` : "unexpected: no error was given";
}

// Whoever reads may have read enough, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(ANSWERED);
});
process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${PRODUCER.name}: ${explain(error)}\n`);
  return error instanceof EvidenceError ? NOT_VALID : UNREADABLE;
});
