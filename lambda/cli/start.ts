import { homedir } from "node:os";
import { join } from "node:path";
import { ConfigurationError, EvidenceError, EvidenceStoreError, RunFailure, TokenError } from "../domain/errors.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import type { RunStatus } from "../domain/run.ts";
import { plain } from "../domain/text.ts";
import { reportKey } from "../evidence/format/keys.ts";
import { openStore } from "../evidence/store/open.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { PRODUCER } from "../producer.ts";
import { readReport } from "../report/publish.ts";
import { terminalLines } from "../report/terminal.ts";
import { runDemo } from "./demo.ts";
import { localAudit } from "./local-audit.ts";
import { type LocalAudit, parseCommand } from "./options.ts";
import { type ProgressDisplay, progressDisplay } from "./progress.ts";
import { localTokenSource } from "./token-source.ts";

const EXIT_STATUS: Readonly<Record<RunStatus, number>> = { complete: 0, partial: 2, failed: 1 };
const FAILED = 1;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Where executions are saved: with the evidence when that is a folder, else with this user's own state. */
function stateFolder(out: string): string {
  if (!out.startsWith("s3://")) return join(out, "v1", "state");
  const home = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(home, PRODUCER.name, out.slice("s3://".length));
}

async function runAudit(command: LocalAudit, display: ProgressDisplay, signal: AbortSignal): Promise<number> {
  const tokenSource = localTokenSource(process.env, command.domain, { nowMs: Date.now(), signal });
  const store = await openStore(command.out);
  const outcome = await localAudit({
    ...command,
    store,
    tokenSource,
    progress: display.report,
    signal,
    stateFolder: stateFolder(command.out),
  });
  display.stop();
  switch (outcome.kind) {
    case "recorded":
      return report(store, outcome.manifestKey);
    case "already_recorded":
      print(`Run ${outcome.runId} is already recorded: ${store.location}/${outcome.manifestKey}`);
      return EXIT_STATUS[(await readReport(store, outcome.manifestKey)).manifest.status];
    case "skipped":
      if (outcome.holder === null)
        throw new ConfigurationError(
          `Run ${outcome.runId} was overtaken by another run of ${command.domain} and left no record; start again to audit anew.`,
        );
      throw new ConfigurationError(
        `Run ${outcome.holder} of ${command.domain} is at work on ${store.location}; start again when it is done.`,
      );
    default:
      return outcome satisfies never;
  }
}

async function report(store: EvidenceStore, manifestKey: ObjectKey): Promise<number> {
  const model = await readReport(store, manifestKey);
  const { runId, status, tenant } = model.manifest;
  for (const line of terminalLines(model)) print(line);
  print(`The report: ${store.location}/${reportKey(tenant, runId, "report.html")}`);
  return EXIT_STATUS[status];
}

/** One line for what a person can mend; anything else is a defect, and says where. */
function explain(error: unknown): string {
  const isExpected =
    error instanceof ConfigurationError ||
    error instanceof EvidenceStoreError ||
    error instanceof EvidenceError ||
    error instanceof RunFailure ||
    error instanceof TokenError;
  if (isExpected) return plain(error.message);
  return error instanceof Error ? `unexpected: ${error.stack ?? error.message}` : "unexpected: no error was given";
}

async function main(): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort(new ConfigurationError("Interrupted; start again to go on."));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const display = progressDisplay(process.stderr, Date.now);
  try {
    const command = parseCommand(process.argv.slice(2), process.env);
    switch (command.kind) {
      case "shown":
        return command.exitCode;
      case "demo":
        await runDemo({ print, progress: display.report, settle: display.stop, signal: interruption.signal });
        return 0;
      case "audit":
        return await runAudit(command, display, interruption.signal);
      default:
        return command satisfies never;
    }
  } catch (error) {
    display.stop();
    process.stderr.write(`${PRODUCER.name}: ${explain(error)}\n`);
    return FAILED;
  }
}

process.exitCode = await main();
