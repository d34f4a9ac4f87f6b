import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "..");

/**
 * The SHA-256 of the program in the package `node-PLATFORM-ARCHITECTURE`, version 24.21.0. The package `node` downloads it in
 * its preinstall script, where the hashes of the lock file do not apply.
 */
const NODE_SHA256: Readonly<Record<string, string>> = {
  "linux-arm64": "0f8949d1028f6d61506b2d5bc57e7e6fe893d7b1997509b7847294fc9c616584",
  "linux-x64": "7fde7b8afa198da66257f42ee2001d874c7355631e6d1579a5fb5ef1f246df4c",
  "win32-x64": "ba4e6d110e8c1592a1ecd390f6b05f3da124b13871a5be62b341a07a853c6c32",
};

describe("what is not covered by the lock file", () => {
  const platform = `${process.platform}-${process.arch}`;
  const expected = NODE_SHA256[platform];

  (expected === undefined ? it.skip : it)(`has the Node.js program that is known for ${platform}`, async () => {
    const program = join(ROOT, "node_modules/node/bin", process.platform === "win32" ? "node.exe" : "node");
    const hash = createHash("sha256");
    await pipeline(createReadStream(program), hash);
    expect(hash.digest("hex")).toBe(expected);
  });

  it("names the version of Node.js that the hashes belong to", async () => {
    const { devDependencies } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    expect(devDependencies.node).toBe("24.21.0");
  });

  it("pins each action of a workflow by its commit", async () => {
    const folder = join(ROOT, ".github/workflows");
    const workflows = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), "utf8")));
    const uses = workflows.join("\n").match(/uses: .*/g) ?? [];
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/^uses: [\w/-]+@[0-9a-f]{40} # v\d/);
  });
});
