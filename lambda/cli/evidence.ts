import type { Command } from "commander";
import { changesCommand } from "./commands/changes.ts";
import { diffCommand } from "./commands/diff.ts";
import { exportCommand } from "./commands/export.ts";
import { findingsCommand } from "./commands/findings.ts";
import { historyCommand } from "./commands/history.ts";
import { reportCommand } from "./commands/report.ts";
import { runsCommand } from "./commands/runs.ts";
import { serveCommand } from "./commands/serve.ts";
import { showCommand } from "./commands/show.ts";
import { verifyCommand } from "./commands/verify.ts";
import { newCommand } from "./program.ts";

const HELP = `
DATE is a day in UTC (2026-03-03, today, yesterday), a time ago (24h, 7d, 2w), an ISO 8601 time with a time zone
(2026-03-03T06:00:00Z), or a run ID (20260303T060000Z). A run counts by the time when it was completed. A day or a time
means the last run with a snapshot completed by then; a day ends at midnight. report needs a run of that day.

Exit status: 0 success, and for verify: the evidence is valid; 1 bad input, no run in the period, or the evidence
cannot be read; 2 the evidence is not valid: something is altered, missing, or written in a later major format.

These commands never write to the evidence.

Examples:
  npm run evidence -- verify --in s3://my-evidence-bucket
  npm run evidence -- runs --since 7d
  npm run evidence -- changes --since 2026-03-01 --until 2026-03-31 --severity high
  npm run evidence -- diff --from 2026-03-01 --to 2026-03-31 --format csv
  npm run evidence -- history --organization acme
  npm run evidence -- show --at 2026-03-03 --organization acme
  npm run evidence -- show --all --format csv
  npm run evidence -- findings --severity high --status open
  npm run evidence -- findings --at 2026-03-31 --policy new-policy.json
  npm run evidence -- report --run 2026-03-03 --out ./report
  npm run evidence -- export --organization acme --from 2026-03-01 --to 2026-03-31 --out acme-march.zip
  npm run evidence -- serve`;

/** `npm run evidence`: the commands that read evidence. */
export function evidenceCommand(): Command {
  const program = newCommand("npm run evidence --", "Verifies, compares and queries recorded evidence.");
  for (const command of [
    verifyCommand(),
    runsCommand(),
    changesCommand(),
    diffCommand(),
    historyCommand(),
    showCommand(),
    findingsCommand(),
    reportCommand(),
    exportCommand(),
    serveCommand(),
  ])
    program.addCommand(command);
  return program.addHelpText("after", HELP);
}
