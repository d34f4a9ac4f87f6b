import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { auditDays, threeDays } from "../support/audited-days.ts";

const MAIN = join(import.meta.dirname, "../../lambda/cli/main.ts");
const COMMANDS = [
  "evidence --help",
  "evidence verify",
  "evidence verify --json",
  "evidence runs",
  "evidence changes --format csv",
  "evidence diff --from 2026-03-03 --to 2026-03-05",
  "evidence history --organization name-000002",
  "evidence show --at 2026-03-04 --organization name-000002",
  "evidence report --run 2026-03-04 --format html",
  "report --help",
  "start --help",
  "start",
  "--help",
];

describe("a pipe that closes early", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pipes-"));
    await auditDays(folderEvidenceStore(join(folder, "evidence")), threeDays());
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Starts the command with one of its streams closed already, and returns how it ended with what the other one said. */
  async function ended(command: string, closed: "stdout" | "stderr"): Promise<{ status: unknown; said: string }> {
    const child = spawn(process.execPath, [MAIN, ...command.split(" ")], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [gone, other] = closed === "stdout" ? [child.stdout, child.stderr] : [child.stderr, child.stdout];
    gone.destroy();
    const status = new Promise((resolve) => child.once("close", resolve));
    return { said: await text(other), status: await status };
  }

  it.each(COMMANDS)("ends `%s` silently when it is standard output", async (command) => {
    const { said, status } = await ended(command, "stdout");
    expect(said).not.toContain("    at ");
    expect(said).not.toContain("EPIPE");
    expect(status).toBe(0);
  });

  it("does not stop an audit when it is standard error", async () => {
    const { said, status } = await ended("start", "stderr");
    expect(said).toContain("Ask the evidence:");
    expect(status).toBe(0);
  });

  it("leaves the exit status of an error as it is", async () => {
    expect(await ended("evidence verify --in nowhere", "stderr")).toEqual({ said: "", status: 1 });
  });
});
