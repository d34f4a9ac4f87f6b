import {
  type SimulatedWatch,
  type SimulatedWatchOptions,
  simulateWatch,
  type Work,
} from "../support/simulated-watch.ts";
import { costOfRun, DAYS_PER_MONTH, dollars, FUNCTION_GIGABYTES, measure, PRICE } from "./cost.ts";
import { table } from "./table.ts";

const ORGANIZATIONS = 100_000;
const CHANGES_PER_DAY = 50;
/** The most common plan: 100 reads a minute. */
const READ_MS = 600;
const WATCHED_DAYS = 7;
/** What the simulation of correctness reads: `npm run bench -- updates ORGANIZATIONS DAYS`. */
const SIMULATED = { organizations: 10_000, days: 30 };
/** Targets: for 50 changes, at most so many requests. */
const MOST_ORGANIZATION_REQUESTS = 50;
const MOST_HINT_REQUESTS = 20;

const WATCH = {
  organizations: ORGANIZATIONS,
  days: WATCHED_DAYS,
  changesPerDay: CHANGES_PER_DAY,
  startMs: Date.UTC(2026, 2, 3, 6),
  seed: 5,
  lost: 0,
  sources: ["logs"],
  readMs: READ_MS,
  crashes: 0,
} as const;

/**
 * Updates beside daily sweeps: requests, time to detection and what a month costs; then the simulation of many days with
 * lost hints and crashes. False when something is wrong.
 */
export async function bench([organizations, days]: readonly string[]): Promise<boolean> {
  const simulated = {
    organizations: Number(organizations ?? SIMULATED.organizations),
    days: Number(days ?? SIMULATED.days),
  };
  const burst = await simulateBurst(Math.max(1_000, simulated.organizations));
  process.stdout.write(
    `${CHANGES_PER_DAY} changes before one update: ${burst.organizations} requests for Organizations, ${burst.hints} for hints, ${burst.seconds.toFixed(1)} s of the processor.\n`,
  );
  const sweepCost = costOfRun(await measure(ORGANIZATIONS));
  const rows = [["watch", "requests, a day", "detected, median", "p99", "runs, a month"]];
  const wrong: string[] = [];
  for (const [name, everyMinutes, sweepEveryDays] of [
    ["daily sweeps", null, 1],
    ["daily sweeps, updates every 5 minutes", 5, 1],
    ["weekly sweeps, updates every 5 minutes", 5, 7],
  ] as const) {
    const watched = await simulateWatch({ ...WATCH, everyMinutes, sweepEveryDays });
    wrong.push(...watched.wrong);
    rows.push(rowOf(name, watched, (DAYS_PER_MONTH / sweepEveryDays) * sweepCost));
  }
  process.stdout.write(`${ORGANIZATIONS.toLocaleString("en")} Organizations, ${CHANGES_PER_DAY} changes a day:\n`);
  process.stdout.write(`${table(rows)}\n`);
  const options: SimulatedWatchOptions = {
    ...WATCH,
    ...simulated,
    lost: 0.1,
    readMs: 20,
    crashes: 0.1,
    everyMinutes: 5,
    sweepEveryDays: 1,
  };
  const long = await simulateWatch({ ...options, sources: ["logs", "events"] });
  wrong.push(...long.wrong);
  const { changes, missedByHints, runs, told } = long;
  process.stdout.write(
    `${simulated.days} days of ${simulated.organizations} Organizations, a tenth of the hints lost, a tenth of the runs killed: ${changes} changes, ${told} told, ${missedByHints} by a sweep alone; ${runs.sweeps} sweeps, ${runs.updates} updates, ${runs.nothing} with nothing to read, ${runs.died} died.\n`,
  );
  for (const one of wrong) process.stdout.write(`${one}\n`);
  const isCheap = burst.organizations <= MOST_ORGANIZATION_REQUESTS && burst.hints <= MOST_HINT_REQUESTS;
  return wrong.length === 0 && isCheap;
}

/** All changes of a day in one update: those of connections, which take one request each. */
async function simulateBurst(organizations: number) {
  const watched = await simulateWatch({
    ...WATCH,
    organizations,
    days: 1,
    readMs: 1,
    onlyConnections: true,
    everyMinutes: 23 * 60,
    sweepEveryDays: 1,
  });
  return { ...watched.requests, seconds: watched.work.update.seconds };
}

function rowOf(name: string, { detection, work }: SimulatedWatch, sweepsMonthly: number): string[] {
  const at = (share: number) => duration(detection[Math.floor(share * (detection.length - 1))] ?? 0);
  const updatesMonthly = (DAYS_PER_MONTH / WATCHED_DAYS) * costOfUpdates(work.update);
  const requests = (work.update.requests + work.sweep.requests) / WATCHED_DAYS;
  return [name, Math.round(requests).toLocaleString("en"), at(0.5), at(0.99), dollars(sweepsMonthly + updatesMonthly)];
}

/** What updates cost, at the list prices of docs/cost.md. Each read of the tenant is waited for. */
function costOfUpdates({ invocations, reads, requests, seconds, steps, writes }: Work): number {
  return (
    (seconds + (requests * READ_MS) / 1_000) * FUNCTION_GIGABYTES * PRICE.gigabyteSecond +
    invocations * PRICE.invocation +
    steps * PRICE.durableOperation +
    writes * PRICE.s3Write +
    reads * PRICE.s3Read
  );
}

function duration(minutes: number): string {
  return minutes < 120 ? `${minutes.toFixed(1)} min` : `${(minutes / 60).toFixed(1)} h`;
}
