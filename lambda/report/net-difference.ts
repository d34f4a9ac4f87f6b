import { asStarted } from "../domain/commands.ts";
import { counted, moment } from "../domain/text.ts";
import { type InstantRange, timestamp } from "../domain/time.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import type { Uncovered } from "../evidence/query/coverage.ts";
import type { NetBalance } from "../evidence/query/net-balance.ts";
import type { ListFrame } from "./list.ts";
import { between, uncoveredObjects, uncoveredTexts, unreadTexts } from "./text/coverage.ts";
import { givenTimeText } from "./text/notices.ts";

/** A run so much older than the time that was asked for is worth a sentence. */
const OLD_MS = 86_400_000;

/** The two runs that are compared, and what the comparison rests on. */
export interface NetDifference {
  readonly from: Manifest;
  readonly to: Manifest;
  /** The times that were asked for. */
  readonly asked: InstantRange;
  /** Complete after the last change of the net difference. */
  readonly balance: NetBalance;
  readonly uncovered: readonly Uncovered[];
}

/** What surrounds the changes of a net difference. */
export function netDifferenceFrame(difference: NetDifference): ListFrame {
  const { from, to, balance, uncovered } = difference;
  const about = { tenant: to.tenant, from: runObject(from), to: runObject(to) };
  return {
    tenant: to.tenant,
    heading: `Net difference in ${to.domain} from run ${from.runId} to run ${to.runId} (${moment(from.completedAt)} to ${moment(to.completedAt)})`,
    notes: () => notes(difference),
    json: {
      before: `${JSON.stringify(about).slice(0, -1)},"changes":`,
      after: () => {
        const net = { recorded_changes: balance.recorded, cancelled_out: balance.cancelled };
        return `,"net":${JSON.stringify(net)},"uncovered":${JSON.stringify(uncoveredObjects(uncovered))}}`;
      },
    },
  };
}

function notes({ asked, balance, from, to, uncovered }: NetDifference): readonly string[] {
  const { cancelled, recorded } = balance;
  const since = `--since ${from.runId} --until ${to.runId}`;
  return [
    ...(cancelled === 0
      ? []
      : [
          `This is the net difference: ${counted(cancelled, "recorded change")} of ${recorded} in between cancelled out. To list all, run: ${asStarted("npm run evidence --")} changes ${since}`,
        ]),
    ...oldText("--from", from, asked.fromMs),
    ...oldText("--to", to, asked.toMs),
    ...[from, to].flatMap((run) => givenTimeText(run) ?? []),
    ...[from, to]
      .filter(({ scope }) => scope === "list")
      .map(
        ({ runId }) => `Run ${runId} audited a list of Organizations. Others are compared by their last observation.`,
      ),
    ...unreadTexts([from, to]),
    ...uncoveredTexts(uncovered),
  ];
}

function oldText(option: string, { completedAt, runId }: Manifest, askedMs: number): readonly string[] {
  if (askedMs - Date.parse(completedAt) <= OLD_MS) return [];
  const asked = timestamp(askedMs);
  return [
    `${option}: the last run up to ${moment(asked)} is ${runId}, completed ${between(completedAt, asked)} before.`,
  ];
}

function runObject({ completedAt, key, runId, scope, status, summary }: Manifest): object {
  return {
    run_id: runId,
    manifest: key,
    status,
    scope: { kind: scope },
    organizations: summary.organizations,
    completed_at: completedAt,
  };
}
