import { duration } from "../../lambda/domain/text.ts";
import type { Outcome } from "../support/virtual-tenant.ts";
import { measureOverHttp } from "./rate-http.ts";
import { measureVirtually } from "./rate-virtual.ts";
import { table } from "./table.ts";

/** Below this, the first answers' latency is most of the time, and the ratio says nothing. */
const LEAST_IDEAL_MS = 10_000;

/** What a case must not exceed. */
export interface Target {
  /** The most that its time may be of the ideal. */
  readonly ratio: number;
  /** How many 429s it may see; none by default. */
  readonly refused?: (outcome: Outcome) => number;
}

/** What one case came to. */
export interface Measured {
  readonly name: string;
  readonly organizations: number;
  /** Reads of enabled connections, the refused ones included. */
  readonly requests: number;
  readonly elapsedMs: number;
  readonly idealMs: number;
  readonly refused: number;
  readonly mostRefused: number;
  readonly othersRefused: number;
  readonly lowestRemaining: number;
  readonly ratio: number;
  /** Of the auditing process; null where nothing but the pacer ran. */
  readonly peakMegabytes: number | null;
  readonly cpuMs: number | null;
}

const HEADING = [
  "case",
  "Organizations",
  "requests/Org",
  "time",
  "× ideal",
  "at most",
  "429s",
  "others' 429s",
  "lowest left",
  "CPU ms/Org",
  "peak MB",
  "",
];

/** The pacer at every plan's bucket in virtual time, and the whole audit over real HTTP at the demo tenant's. */
export async function bench(): Promise<boolean> {
  const rows: string[][] = [HEADING];
  let met = true;
  const add = (measured: Measured) => {
    const isMet = isKept(measured);
    met &&= isMet;
    rows.push(rowOf(measured, isMet));
  };
  for (const measured of measureVirtually()) add(measured);
  for await (const measured of measureOverHttp()) add(measured);
  process.stdout.write(`${table(rows)}\n`);
  process.stdout.write(
    "Ideal: (requests - (limit - reserve)) / refill; whole windows for a fixed window. Reserve: 25 % where not named.\n",
  );
  return met;
}

function isKept({
  elapsedMs,
  idealMs,
  mostRefused,
  organizations,
  othersRefused,
  ratio,
  refused,
  requests,
}: Measured): boolean {
  return (
    (idealMs < LEAST_IDEAL_MS || elapsedMs <= ratio * idealMs) &&
    refused <= mostRefused &&
    othersRefused === 0 &&
    requests - refused === organizations
  );
}

function rowOf(measured: Measured, isMet: boolean): string[] {
  const { cpuMs, elapsedMs, idealMs, name, organizations, peakMegabytes, ratio, requests } = measured;
  return [
    name,
    String(organizations),
    (requests / organizations).toFixed(3),
    duration(elapsedMs),
    (elapsedMs / idealMs).toFixed(3),
    ratio.toFixed(2),
    String(measured.refused),
    String(measured.othersRefused),
    String(measured.lowestRemaining),
    cpuMs === null ? "" : (cpuMs / organizations).toFixed(2),
    peakMegabytes === null ? "" : peakMegabytes.toFixed(0),
    isMet ? "met" : "MISSED",
  ];
}
