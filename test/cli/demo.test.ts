import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Ended, runScriptIn } from "../support/npm-script.ts";

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
    expect(commands.map(([command]) => command)).toEqual(["verify", "findings", "diff", "history", "show"]);
    for (const command of commands)
      expect(await runScriptIn(folder, "evidence", command)).toMatchObject({ status: 0, error: "" });
  });

  it("is found from the default folder", async () => {
    const { error, status } = await runScriptIn(folder, "evidence", ["verify"]);
    expect(status).toBe(1);
    const [name] = await readdir(join(folder, "evidence"));
    expect(error).toContain(`--in ./evidence/${name}`);
  });
});
