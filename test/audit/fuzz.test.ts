import { expect, it } from "@jest/globals";
import { Random } from "../support/fuzz/random.ts";
import { fuzzStore, quietEvidence } from "../support/fuzz/stores.ts";
import { fuzzWire } from "../support/fuzz/wire.ts";

/** A small part of `npm run bench -- fuzz`. */
const SEED = 20_260_303;

it("random answers are accepted or refused with an error of their own", () => {
  const random = new Random(SEED);
  const accepted = Array.from({ length: 2_000 }, () => fuzzWire(random)).filter(Boolean).length;
  expect(accepted).toBeGreaterThan(20);
  expect(accepted).toBeLessThan(1_950);
});

it("random damage to evidence is named, and the next run reports no false change", async () => {
  const random = new Random(SEED);
  const evidence = await quietEvidence();
  const problems: string[] = [];
  for (let store = 0; store < 60; store += 1) {
    const { mutation, problem } = await fuzzStore(evidence, random);
    if (problem !== null) problems.push(`${mutation}: ${problem}`);
  }
  expect(problems).toEqual([]);
});
