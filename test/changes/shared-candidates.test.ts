import { expect, it } from "@jest/globals";
import { SharedCandidates } from "../../lambda/changes/shared-candidates.ts";
import { connectionId } from "../support/builders.ts";

it("misses no shared connection, and takes few others for one", () => {
  const organizations = 20_000;
  const candidates = new SharedCandidates(organizations);
  const own = Array.from({ length: organizations }, (_, number) => connectionId(String(number)));
  const shared = Array.from({ length: 100 }, (_, number) => connectionId(`s${number}`));
  for (const [number, id] of own.entries()) {
    candidates.add(id);
    candidates.add(shared[number % shared.length] ?? id);
  }
  expect(shared.filter((id) => candidates.mayBeShared(id))).toEqual(shared);
  const mistaken = own.filter((id) => candidates.mayBeShared(id)).length;
  expect(mistaken).toBeLessThan(organizations / 10);
  expect(candidates.mayBeShared(connectionId("never"))).toBe(false);
});
