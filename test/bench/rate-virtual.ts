import { DripBucket, type Outcome, type Scenario, seeded, simulate, WindowBucket } from "../support/virtual-tenant.ts";
import type { Measured, Target } from "./rate.ts";

/** Auth0's plans: the bucket's size, and what it refills in a minute. */
const PLANS = [
  { limit: 5, perMinute: 50 },
  { limit: 10, perMinute: 100 },
  { limit: 50, perMinute: 500 },
  { limit: 1200, perMinute: 12_000 },
] as const;
const ORGANIZATIONS = [1_000, 100_000] as const;
const RESERVE = 0.25;
const OTHERS_SHARE = 0.3;
const SEED = 7;

type Plan = (typeof PLANS)[number];

function usable({ limit }: Plan): number {
  return limit - Math.ceil(limit * RESERVE);
}

function dripIdealMs(requests: number, plan: Plan): number {
  return (Math.max(0, requests - usable(plan)) / plan.perMinute) * 60_000;
}

interface Case {
  readonly name: string;
  readonly plan: Plan;
  readonly scenario: Omit<Scenario, "seed">;
  readonly idealMs: (outcome: Outcome) => number;
  readonly target: Target;
}

function* cases(requests: number): Generator<Case> {
  for (const plan of PLANS) {
    const { limit, perMinute } = plan;
    const drip = () => new DripBucket(limit, perMinute);
    const windowMs = (limit / perMinute) * 60_000;
    const alone = dripIdealMs(requests, plan);
    yield {
      name: "alone, drip",
      plan,
      scenario: { bucket: drip(), requests },
      idealMs: () => alone,
      target: { ratio: 1.03 },
    };
    yield {
      name: "alone, window",
      plan,
      scenario: { bucket: new WindowBucket(limit, windowMs, { phaseMs: 377 }), requests },
      idealMs: () => Math.ceil(requests / usable(plan)) * windowMs,
      target: { ratio: 1.05 },
    };
    yield {
      name: "others take 30 %",
      plan,
      scenario: { bucket: drip(), requests, othersPerMinute: OTHERS_SHARE * perMinute },
      // What is left: the whole refill but for what others were served.
      idealMs: ({ othersServed, elapsedMs }) => {
        const leftPerMs = perMinute / 60_000 - othersServed / elapsedMs;
        return Math.max(0, requests - usable(plan)) / leftPerMs;
      },
      target: { ratio: 1 / 0.95 },
    };
    yield {
      name: "limit halved",
      plan,
      scenario: { bucket: drip(), requests, change: { afterAnswers: requests / 2, factor: 0.5 } },
      idealMs: ({ changedAtMs }) => {
        const half = { limit: Math.floor(limit / 2), perMinute: perMinute / 2 };
        return (changedAtMs ?? 0) + (requests / 2 / half.perMinute) * 60_000;
      },
      target: { ratio: 1.03, refused: ({ underWayAtChange }) => underWayAtChange },
    };
    yield {
      name: "latency 20 to 500 ms",
      plan,
      scenario: { bucket: drip(), requests, latencyMs: [20, 500] },
      idealMs: () => alone,
      target: { ratio: 1.05 },
    };
  }
}

/** Every plan and every case in virtual time. */
export function* measureVirtually(): Generator<Measured> {
  for (const requests of ORGANIZATIONS)
    for (const { name, plan, scenario, idealMs, target } of cases(requests)) {
      const outcome = simulate({ ...scenario, seed: SEED });
      yield {
        name: `${plan.limit} at ${plan.perMinute}/min: ${name}`,
        organizations: requests,
        requests: outcome.sent,
        elapsedMs: outcome.elapsedMs,
        idealMs: idealMs(outcome),
        refused: outcome.refused,
        mostRefused: target.refused?.(outcome) ?? 0,
        othersRefused: outcome.othersRefused,
        lowestRemaining: outcome.lowestRemaining,
        ratio: target.ratio,
        peakMegabytes: null,
        cpuMs: null,
      };
    }
}

/** Moments of other traffic, in milliseconds from the start: one in each interval, anywhere in it. */
export function* othersMoments(perSecond: number): Generator<number> {
  const random = seeded(SEED);
  for (let interval = 0; ; interval += 1) yield ((interval + random()) * 1000) / perSecond;
}
