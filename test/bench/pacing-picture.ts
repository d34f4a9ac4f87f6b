import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ContinuousBucket, type SimulatedRequest, simulate } from "../support/virtual-tenant.ts";

/** Auth0's Enterprise plan; others take 30 % of the refill, at random moments. */
const LIMIT = 10;
const PER_MINUTE = 100;
const RESERVED = 3;
const SHOWN_MS = 60_000;

const WIDTH = 960;
const HEIGHT = 420;
const LEFT = 60;
const TOP = 60;
const PLOT = { width: WIDTH - LEFT - 24, height: 240 };

function x(atMs: number): number {
  return LEFT + (atMs / SHOWN_MS) * PLOT.width;
}

function y(level: number): number {
  return TOP + (1 - level / LIMIT) * PLOT.height;
}

/** Writes docs/pacing.svg from a run in virtual time: what the bucket holds, and what is taken from it. */
export async function bench(): Promise<boolean> {
  const bucket = new ContinuousBucket(LIMIT, PER_MINUTE);
  const scenario = { bucket, requests: 80, seed: 11, othersPerMinute: 0.3 * PER_MINUTE };
  const requests = simulate(scenario, true).requests.filter(({ atMs }) => atMs <= SHOWN_MS);
  const file = join(import.meta.dirname, "../../docs/pacing.svg");
  await writeFile(file, pictureOf(requests));
  process.stdout.write(`${file}: ${requests.length} requests\n`);
  return requests.every(({ isServed }) => isServed);
}

function pictureOf(requests: readonly SimulatedRequest[]): string {
  const count = (by: SimulatedRequest["by"]) => requests.filter((request) => request.by === by).length;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="13">
<title>What a bucket of ${LIMIT} requests, refilled by ${PER_MINUTE} a minute, holds during the first minute of an audit</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="28" font-size="16">A bucket of ${LIMIT} at ${PER_MINUTE} a minute: what it holds, and who takes from it</text>
<rect x="${LEFT}" y="${y(RESERVED)}" width="${PLOT.width}" height="${y(0) - y(RESERVED)}" fill="#f3e5d0"/>
<text x="${LEFT + 8}" y="${y(0) - 8}" fill="#7a5a20">the reserve: ${RESERVED} requests, which belong to others</text>
${axes()}
<polyline fill="none" stroke="#333" stroke-width="1.5" points="${levels(requests)}"/>
<text x="${LEFT}" y="${y(0) + 50}" fill="#1f5fbf">${count("audit")} requests of the audit</text>
${ticks(requests, "audit", y(0) + 57, "#1f5fbf")}
<text x="${LEFT}" y="${y(0) + 90}" fill="#b3541e">${count("others")} requests of others</text>
${ticks(requests, "others", y(0) + 97, "#b3541e")}
</svg>
`;
}

function axes(): string {
  const seconds = Array.from({ length: SHOWN_MS / 10_000 + 1 }, (_, index) => index * 10);
  const held = [0, RESERVED, 5, LIMIT];
  return [
    ...seconds.map((at) => `<text x="${x(at * 1000)}" y="${y(0) + 20}" text-anchor="middle">${at} s</text>`),
    ...held.map((level) => `<text x="${LEFT - 10}" y="${y(level) + 4}" text-anchor="end">${level}</text>`),
    ...held.map((level) => `<path d="M${LEFT} ${y(level)}h${PLOT.width}" stroke="#ddd"/>`),
  ].join("\n");
}

/** The level rises between requests and falls by one with each. */
function levels(requests: readonly SimulatedRequest[]): string {
  const points = [`${x(0)},${y(LIMIT)}`];
  let [level, atMs] = [LIMIT, 0];
  const perMs = PER_MINUTE / 60_000;
  for (const request of requests) {
    const fullMs = Math.min(request.atMs, atMs + (LIMIT - level) / perMs);
    points.push(point(fullMs, level + (fullMs - atMs) * perMs));
    points.push(point(request.atMs, request.level + (request.isServed ? 1 : 0)));
    points.push(point(request.atMs, request.level));
    [level, atMs] = [request.level, request.atMs];
  }
  return points.join(" ");
}

function point(atMs: number, level: number): string {
  return `${x(atMs).toFixed(1)},${y(level).toFixed(1)}`;
}

function ticks(requests: readonly SimulatedRequest[], by: SimulatedRequest["by"], top: number, color: string): string {
  const path = requests.filter((request) => request.by === by).map(({ atMs }) => `M${x(atMs).toFixed(1)} ${top}v14`);
  return `<path d="${path.join("")}" stroke="${color}" stroke-width="1.5"/>`;
}
