import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "@jest/globals";

const FOLDER = join(import.meta.dirname, "../golden");

/**
 * Compares `actual` with `test/golden/NAME`. `UPDATE_GOLDEN=1 npm test` writes the file; review the diff. HTML is compared
 * without its style sheet and the hash of it, so that a change of style does not change every page.
 */
export function expectGolden(name: string, actual: string): void {
  const file = join(FOLDER, name);
  const content = name.endsWith(".html") ? withoutStyle(actual) : actual;
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  expect(content).toBe(existsSync(file) ? readFileSync(file, "utf8") : "");
}

function withoutStyle(html: string): string {
  return html.replace(/<style>.*<\/style>/s, "<style></style>").replace(/'sha256-[^']*'/, "'sha256-'");
}
