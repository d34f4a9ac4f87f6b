import ora from "ora";
import type { AuditProgress, ReportProgress } from "../audit/port.ts";
import { ConfigurationError } from "../domain/errors.ts";
import { counted, duration, grouped, plain } from "../domain/text.ts";

/** Without a terminal, the least time between two progress lines. */
const LINE_EVERY_MS = 10_000;

/** What a long command works with. */
export interface Watch {
  readonly progress: ReportProgress;
  /** Clears the progress line, so that results can be printed. */
  readonly settle: () => void;
  /** Aborted by Ctrl-C, or by SIGTERM. */
  readonly signal: AbortSignal;
}

/**
 * Runs `work` with its progress on standard error: a line that updates on a terminal, plain lines otherwise, and nothing
 * with `quiet`.
 */
export async function watched<Result>(
  work: (watch: Watch) => Promise<Result>,
  { quiet = false }: { readonly quiet?: boolean } = {},
): Promise<Result> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort(new ConfigurationError("Interrupted. Run the same command to resume."));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const spinner = ora({ stream: process.stderr, discardStdin: false });
  const settle = () => {
    spinner.stop();
  };
  const moving: ReportProgress = (progress) => {
    if (progress.kind === "warning" || progress.kind === "resumed") spinner.warn(progressText(progress));
    else spinner.start(progressText(progress));
  };
  try {
    // A terminal of unknown width has 0 columns; the spinner would clear lines without end.
    const isTerminal = process.stderr.isTTY && process.stderr.columns > 0;
    const spoken = isTerminal ? moving : progressLines(process.stderr, Date.now);
    return await work({ progress: quiet ? () => {} : spoken, settle, signal: interruption.signal });
  } finally {
    settle();
  }
}

function progressLines(stream: NodeJS.WriteStream, now: () => number): ReportProgress {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const isFrequent = progress.kind === "listing" || progress.kind === "reading";
    if (isFrequent && now() - lastMs < LINE_EVERY_MS) return;
    if (isFrequent) lastMs = now();
    stream.write(`${progressText(progress)}\n`);
  };
}

function progressText(progress: AuditProgress): string {
  switch (progress.kind) {
    case "resumed": {
      const { finishedSteps } = progress;
      const are = finishedSteps === 1 ? "is" : "are";
      return `Resuming an interrupted run: ${counted(finishedSteps, "finished step")} ${are} skipped.`;
    }
    case "listing":
      return `Listing: ${counted(progress.organizations, "Organization")}, ${counted(progress.requests, "request")}`;
    case "planned":
      return `${counted(progress.organizations, "Organization")} to read: about ${duration(progress.estimateMs)}`;
    case "reading": {
      const { done, remainingMs, requests, total } = progress;
      const left = remainingMs === null ? "" : `, about ${duration(remainingMs)} left`;
      return `Reading: ${grouped(done)} of ${counted(total, "Organization")}, ${counted(requests, "request")}${left}`;
    }
    case "warning":
      return `warning: ${plain(progress.message)}`;
    default:
      return progress satisfies never;
  }
}
