import { describe, expect, it } from "@jest/globals";
import { renderEvent } from "../../lambda/report/event.ts";
import { expectGolden } from "../support/golden.ts";
import { largeSituation, modelOf, SITUATIONS } from "../support/situations.ts";

const LOCATION = "s3://evidence";
/** EventBridge takes 256 KB with source and detail type; what it takes beside them is small. */
const MOST_BYTES = 200_000;

describe.each(Object.entries(SITUATIONS))("the event of %s", (name, situation) => {
  const { detail, detailType } = renderEvent(modelOf(situation), LOCATION);

  it("reads as before", () => expectGolden(`${name}/event.json`, `${JSON.stringify(JSON.parse(detail), null, 2)}\n`));

  it("fits, and its verdict stands in a message as it is", () => {
    expect(Buffer.byteLength(detail)).toBeLessThan(MOST_BYTES);
    expect(JSON.parse(detail).verdict).toMatch(/^[^"\\\p{Cc}]+$/u);
    expect(detailType).toMatch(/^Organization Connections Audit (Completed|Partial|Failed)$/);
  });
});

it("the event of a large tenant, whose changes are long, fits and tells the first ones", () => {
  const situation = SITUATIONS["every-kind-of-change"];
  const [change] = situation?.changes ?? [];
  if (situation === undefined || change === undefined) throw new Error("The situation is missing.");
  const long = { ...change, reasons: ["x".repeat(10_000)] };
  const model = modelOf({ ...largeSituation(1_000), changes: Array.from({ length: 400 }, () => long) });
  const { detail } = renderEvent(model, LOCATION);
  const { worst_changes: worst }: { worst_changes: unknown[] } = JSON.parse(detail);
  expect(worst.length).toBeGreaterThan(5);
  expect(worst.length).toBeLessThan(50);
  expect(Buffer.byteLength(detail)).toBeLessThan(MOST_BYTES);
});
