import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "@jest/globals";

const FOLDER = join(import.meta.dirname, "../golden");

/** Holds `actual` against `test/golden/NAME`. `UPDATE_GOLDEN=1 npm test` writes it anew, to be reviewed as a diff. */
export function expectGolden(name: string, actual: string): void {
  const file = join(FOLDER, name);
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  expect(actual).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
}
