import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { auditDays, threeDays } from "../support/audited-days.ts";
import { type Ended, runScript, startScript } from "../support/npm-script.ts";

let folder: string;
let evidence: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serve-"));
  evidence = join(folder, "evidence");
  await auditDays(folderEvidenceStore(evidence), threeDays());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts the command, and waits for the address that it prints. */
async function serving(...arguments_: readonly string[]) {
  const started = startScript("evidence", ["serve", "--in", evidence, ...arguments_], { PATH: folder });
  const printed = new Promise<string>((resolve, reject) => {
    let out = "";
    started.child.stdout?.on("data", (chunk) => {
      out += chunk;
      const address = /http:\/\/127\.0\.0\.1:\d+\/t\/[\w-]{43}(?=\s)/.exec(out)?.[0];
      if (address !== undefined) resolve(address);
    });
    started.ended.then(({ error }) => reject(new Error(error)));
  });
  return { ...started, address: await printed };
}

/** Asks for the overview as a browser does that was given the address. */
async function overview(address: string): Promise<string> {
  const entered = await fetch(address, { redirect: "manual" });
  const [cookie = ""] = (entered.headers.get("set-cookie") ?? "").split(";");
  return (await fetch(new URL("/", address), { headers: { cookie } })).text();
}

describe("npm run evidence -- serve", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "serves the page and ends cleanly with %s, also without a browser",
    async (signal) => {
      const { address, child, ended } = await serving("--port", "0");
      expect(await overview(address)).toContain("Who can sign in where?");
      child.kill(signal);
      const { error, status } = await ended;
      expect({ error, status }).toEqual({ error: "", status: 0 });
      await expect(fetch(address)).rejects.toThrow();
    },
  );

  it("ends while a browser keeps its connection open", async () => {
    const { address, child, ended } = await serving("--port", "0", "--no-open");
    const kept = await fetch(address, { redirect: "manual", headers: { connection: "keep-alive" } });
    expect(kept.status).toBe(303);
    child.kill("SIGINT");
    expect((await ended).status).toBe(0);
  });

  it("says in one line what is wrong", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const failed = (...arguments_: readonly string[]): Promise<Ended> =>
      runScript("evidence", ["serve", ...arguments_]);
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["--in", evidence, "--port", port], /--port: \d+ cannot be used \(EADDRINUSE\); name another one\.$/],
      [["--in", evidence, "--port", "70000"], /--port: "70000" is not a number from 0 to 65535\.$/],
      [["--in", evidence, "--port", "x"], /--port: "x" is not a number/],
      [["--in", join(folder, "nothing")], /--in: .* has no evidence/],
      [["--in", evidence, "--tenant", "other.eu.auth0.com"], /--in: .* has no evidence of other\.eu\.auth0\.com/],
    ];
    for (const [arguments_, message] of cases) {
      const { error, out, status } = await failed(...arguments_);
      expect([status, out]).toEqual([1, ""]);
      expect(error.trimEnd()).toMatch(message);
      expect(error.trimEnd()).not.toContain("\n");
    }
    taken.close();
  }, 60_000);
});
