import { describe, expect, it } from "@jest/globals";
import { request } from "../support/audit-harness.ts";
import { GOOGLE, run, SSO, soundChain } from "../support/disturbed.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

describe("two executions at once", () => {
  const ONE_PART = { ...request(0).chunk, organizations: 20 };
  const TURNS = 8;
  const ORDERS = Array.from({ length: 2 ** TURNS }, (_, order) => order);

  /** What the tenant's first run left. */
  const begun = (async () => {
    const store = memoryEvidenceStore();
    await run(store, 0, [SSO]);
    return store.objects;
  })();

  /** Runs two executions whose first store calls take turns as `order` says: bit n set, and call n is the second's. */
  async function inTurns(order: number, day: readonly [number, number]) {
    const objects = new Map(await begun);
    const waiting: [(() => void) | null, (() => void) | null] = [null, null];
    const isDone: [boolean, boolean] = [false, false];
    let turn = 0;
    const go = () => {
      for (let moved = true; moved; ) {
        moved = false;
        const whose = ((order >> turn) & 1) as 0 | 1;
        for (const who of turn < TURNS && !isDone[whose] ? [whose] : ([0, 1] as const)) {
          const next = waiting[who];
          if (next === null) continue;
          waiting[who] = null;
          turn += 1;
          moved = true;
          next();
          break;
        }
      }
    };
    const execution = async (who: 0 | 1) => {
      const store = memoryEvidenceStore(objects);
      store.before = () =>
        new Promise((resolve) => {
          waiting[who] = resolve;
          go();
        });
      try {
        return await run(store, day[who], [SSO, GOOGLE], { executionId: `execution-${who}`, chunk: ONE_PART });
      } finally {
        isDone[who] = true;
        go();
      }
    };
    const outcomes = await Promise.all([execution(0), execution(1)]);
    return { outcomes, store: memoryEvidenceStore(objects) };
  }

  it("of one run leave one record, in every order of their first eight calls", async () => {
    for (const order of ORDERS) {
      const { outcomes, store } = await inTurns(order, [1, 1]);
      expect(outcomes.filter(({ kind }) => kind === "recorded")).toHaveLength(1);
      expect(await soundChain(store)).toEqual(["20260303T060000Z", "20260304T060000Z"]);
    }
  }, 60_000);

  it("of two runs of one tenant leave a true chain, in every order of their first eight calls", async () => {
    for (const order of ORDERS) {
      const { outcomes, store } = await inTurns(order, [1, 2]);
      const recorded = outcomes.filter(({ kind }) => kind === "recorded");
      const skipped = outcomes.filter(({ kind }) => kind === "skipped");
      expect([recorded.length + skipped.length, recorded.length > 0]).toEqual([2, true]);
      expect(await soundChain(store)).toHaveLength(1 + recorded.length);
    }
  }, 60_000);
});
