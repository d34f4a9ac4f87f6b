import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Stack } from "aws-cdk-lib";
import { filesBundling } from "../../infra/bundling.ts";
import { appWith } from "./support.ts";

const POLICY = '{ "version": 1, "waivers": [] }\n';

describe("the bundle of a function", () => {
  it("gets files with exactly their text", () => {
    const stack = new Stack(appWith({}), "Stack");
    const files = { "policy.json": POLICY, "organizations.txt": "org_AAAAAAAAAAAAAAAA\n" };
    const output = mkdtempSync(join(tmpdir(), "bundle-"));
    for (const command of filesBundling(stack, files).commandHooks?.afterBundling("", output) ?? [])
      execFileSync("sh", ["-c", command]);
    const written = readdirSync(output).map((name) => [name, readFileSync(join(output, name), "utf8")]);
    rmSync(output, { recursive: true });
    expect(Object.fromEntries(written)).toEqual(files);
  });

  it("gets no file if there is none", () => {
    const stack = new Stack(appWith({}), "Stack");
    expect(filesBundling(stack, {}).commandHooks?.afterBundling("", "output")).toEqual([]);
  });
});
