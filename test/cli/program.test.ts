import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const PROGRAM = join(import.meta.dirname, "../../lambda/cli/program.ts");

it("prints control and bidirectional characters as escapes, which are the same JSON", () => {
  const json = { name: "a\u202eb\u0007\u0085\u2028\u{E0041}\u200d", "\u2066": "tab\tand\nlines" };
  const text = JSON.stringify(json, null, 1);
  const code = `import { write } from ${JSON.stringify(PROGRAM)}; await write(process.env.TEXT);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], {
    env: { PATH: process.env.PATH, TEXT: text },
    encoding: "utf8",
  });
  expect(stdout).not.toMatch(/(?![\n\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(stdout)).toEqual(json);
});
