import { describe, expect, it } from "@jest/globals";
import { EVENT_DETAIL_TYPE } from "../../lambda/contract.ts";
import { renderEvent } from "../../lambda/report/event.ts";
import { expectGolden } from "../support/golden.ts";
import { largeSituation, modelOf, SITUATIONS, situationOf } from "../support/situations.ts";

const LOCATION = "s3://evidence";
/** EventBridge accepts 256 KB with source and detail type, which are small. */
const MAX_BYTES = 200_000;

describe.each(Object.entries(SITUATIONS))("the event of %s", (name, situation) => {
  const { detail, detailType } = renderEvent(modelOf(situation), LOCATION);

  it("matches its golden file", () => {
    expectGolden(`${name}/event.json`, `${JSON.stringify(JSON.parse(detail), null, 2)}\n`);
  });

  it("fits into an EventBridge event, and its verdict needs no escaping", () => {
    expect(Buffer.byteLength(detail)).toBeLessThan(MAX_BYTES);
    expect(JSON.parse(detail).verdict).toMatch(/^[^"\\\p{Cc}]+$/u);
    expect(detailType).toBe(EVENT_DETAIL_TYPE[situation.manifest.status]);
  });
});

it("an event with long changes lists as many as fit", () => {
  const [change] = situationOf("every-kind-of-change").changes;
  if (change === undefined) throw new Error("The situation has no changes.");
  const long = { ...change, reasons: ["x".repeat(10_000)] };
  const model = modelOf({ ...largeSituation(1_000), changes: Array.from({ length: 400 }, () => long) });
  const { detail } = renderEvent(model, LOCATION);
  const { worst_changes: worst }: { worst_changes: unknown[] } = JSON.parse(detail);
  expect(worst.length).toBeGreaterThan(5);
  expect(worst.length).toBeLessThan(50);
  expect(Buffer.byteLength(detail)).toBeLessThan(MAX_BYTES);
});
