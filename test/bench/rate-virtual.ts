import {
  ContinuousBucket,
  type Outcome,
  type Scenario,
  seeded,
  simulate,
  WindowBucket,
} from "../support/virtual-tenant.ts";
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
/** The most that a run may take of the ideal time; where hardly anything may be used, whole seconds are coarse. */
const RATIO = { usual: 1.05, hardlyAnything: 2 } as const;

interface Plan {
  readonly limit: number;
  readonly perMinute: number;
  readonly reserve?: number;
}

function usable({ limit, reserve = RESERVE }: Plan): number {
  return Math.max(1, limit - Math.ceil(limit * reserve));
}

function continuousIdealMs(requests: number, plan: Plan): number {
  return (Math.max(0, requests - usable(plan)) / plan.perMinute) * 60_000;
}

interface Case {
  readonly name: string;
  readonly plan: Plan;
  readonly scenario: Omit<Scenario, "seed">;
  readonly idealMs: (outcome: Outcome) => number;
  readonly target: Target;
}

function* usualCases(requests: number): Generator<Case> {
  for (const plan of PLANS) {
    const { limit, perMinute } = plan;
    const continuous = () => new ContinuousBucket(limit, perMinute);
    const windowMs = (limit / perMinute) * 60_000;
    const alone = continuousIdealMs(requests, plan);
    const target = { ratio: RATIO.usual };
    yield { name: "alone", plan, scenario: { bucket: continuous(), requests }, idealMs: () => alone, target };
    yield {
      name: "reset: the next request",
      plan,
      scenario: { bucket: new ContinuousBucket(limit, perMinute, { reset: "next" }), requests },
      idealMs: () => alone,
      target,
    };
    yield {
      name: "fixed window",
      plan,
      scenario: { bucket: new WindowBucket(limit, windowMs, { phaseMs: 377 }), requests },
      idealMs: () => Math.ceil(requests / usable(plan)) * windowMs,
      target,
    };
    yield {
      name: "others take 30 %",
      plan,
      scenario: { bucket: continuous(), requests, othersPerMinute: OTHERS_SHARE * perMinute },
      // What is left: the whole refill but for what others were served.
      idealMs: ({ othersServed, elapsedMs }) => {
        const leftPerMs = perMinute / 60_000 - othersServed / elapsedMs;
        return Math.max(0, requests - usable(plan)) / leftPerMs;
      },
      target,
    };
    yield {
      name: "limit halved",
      plan,
      scenario: { bucket: continuous(), requests, change: { afterAnswers: requests / 2, factor: 0.5 } },
      idealMs: ({ changedAtMs }) => (changedAtMs ?? 0) + (requests / 2 / (perMinute / 2)) * 60_000,
      target: { ...target, refused: ({ underWayAtChange }) => underWayAtChange },
    };
    yield {
      name: "latency 20 to 500 ms",
      plan,
      scenario: { bucket: continuous(), requests, latencyMs: [20, 500] },
      idealMs: () => alone,
      target,
    };
  }
}

/** One or two requests may be used; 5 and 10 with a reserve of 0.9 among them. */
const HARDLY_ANYTHING: readonly Plan[] = [
  { limit: 2, perMinute: 120 },
  { limit: 1, perMinute: 60 },
  { limit: 5, perMinute: 50, reserve: 0.9 },
  { limit: 10, perMinute: 100, reserve: 0.9 },
  { limit: 50, perMinute: 500, reserve: 0.9 },
  { limit: 1200, perMinute: 12_000, reserve: 0.9 },
];

function* hardlyAnythingCases(requests: number): Generator<Case> {
  for (const plan of HARDLY_ANYTHING) {
    const { limit, perMinute, reserve = RESERVE } = plan;
    yield {
      name: `reserve ${reserve}, ${usable(plan)} usable`,
      plan,
      scenario: { bucket: new ContinuousBucket(limit, perMinute), requests, reserve },
      idealMs: () => continuousIdealMs(requests, plan),
      target: { ratio: RATIO.hardlyAnything },
    };
  }
}

/** Every plan and every case in virtual time. */
export function* measureVirtually(): Generator<Measured> {
  for (const requests of ORGANIZATIONS)
    for (const { name, plan, scenario, idealMs, target } of [
      ...usualCases(requests),
      ...hardlyAnythingCases(requests),
    ]) {
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
