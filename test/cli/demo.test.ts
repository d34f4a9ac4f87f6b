import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Ended, runScriptIn, startScript } from "../support/npm-script.ts";

describe("the demo", () => {
  let folder: string;
  let demo: Ended;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "demo-"));
    demo = await runScriptIn(folder, "start", []);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("ends with commands that work as they are printed", async () => {
    const commands = [...demo.out.matchAll(/^ *npm run evidence -- (.*)$/gm)].map(([, command = ""]) =>
      command.split(" "),
    );
    expect(commands.map(([command]) => command)).toEqual(["serve", "verify", "findings", "diff", "history", "show"]);
    const [serve = [], ...others] = commands;
    const { child, ended } = startScript("evidence", serve, { PATH: folder }, folder);
    child.stdout?.once("data", () => child.kill("SIGINT"));
    expect(await ended).toMatchObject({ status: 0, error: "" });
    for (const command of others)
      expect(await runScriptIn(folder, "evidence", command)).toMatchObject({ status: 0, error: "" });
  });

  it("is found from the default folder", async () => {
    const { error, status } = await runScriptIn(folder, "evidence", ["verify"]);
    expect(status).toBe(1);
    const [name] = await readdir(join(folder, "evidence"));
    expect(error).toContain(`--in ./evidence/${name}`);
  });
});
