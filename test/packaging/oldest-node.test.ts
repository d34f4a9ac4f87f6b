import { expect, it } from "@jest/globals";
import { isTooOld } from "../../packaging/oldest-node.ts";

it.each([
  ["20.20.2", true],
  ["22.11.0", true],
  ["9.99.0", true],
  ["22.12.0", false],
  ["22.100.1", false],
  ["24.1.0", false],
  ["100.0.0", false],
])("Node.js %s is too old for the package: %s", (version, isOld) => {
  expect(isTooOld(version)).toBe(isOld);
});
