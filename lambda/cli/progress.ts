import ora from "ora";
import type { AuditProgress, ReportProgress } from "../audit/port.ts";
import { counted, duration, grouped, plain } from "../domain/text.ts";

/** Without a terminal, a line at most so often. */
const LINE_EVERY_MS = 10_000;

export interface ProgressDisplay {
  readonly report: ReportProgress;
  readonly stop: () => void;
}

/** Shows progress on standard error: a line that moves on a terminal, plain lines elsewhere. */
export function progressDisplay(stream: NodeJS.WriteStream, now: () => number): ProgressDisplay {
  return stream.isTTY ? moving(stream) : lines(stream, now);
}

function moving(stream: NodeJS.WriteStream): ProgressDisplay {
  const spinner = ora({ stream, discardStdin: false });
  return {
    report: (progress) => {
      if (progress.kind === "warning" || progress.kind === "resumed") spinner.warn(progressText(progress));
      else spinner.start(progressText(progress));
    },
    stop: () => {
      spinner.stop();
    },
  };
}

function lines(stream: NodeJS.WriteStream, now: () => number): ProgressDisplay {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    report: (progress) => {
      const isStep = progress.kind === "listing" || progress.kind === "reading";
      if (isStep && now() - lastMs < LINE_EVERY_MS) return;
      if (isStep) lastMs = now();
      stream.write(`${progressText(progress)}\n`);
    },
    stop: () => {},
  };
}

/** One line. */
export function progressText(progress: AuditProgress): string {
  switch (progress.kind) {
    case "resumed":
      return `Going on with an interrupted run: ${counted(progress.finishedSteps, "finished step")} will not be done again.`;
    case "listing":
      return `Listing: ${counted(progress.organizations, "Organization")}, ${counted(progress.requests, "request")}`;
    case "planned":
      return `${counted(progress.organizations, "Organization")} to read: about ${duration(progress.estimateMs)}`;
    case "reading":
      return `Reading: ${grouped(progress.done)} of ${counted(progress.total, "Organization")}, ${counted(progress.requests, "request")}${
        progress.remainingMs === null ? "" : `, about ${duration(progress.remainingMs)} left`
      }`;
    case "warning":
      return `warning: ${plain(progress.message)}`;
    default:
      return progress satisfies never;
  }
}
