import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { FOLDER } from "../../lambda/export/package.ts";
import { auditDays, threeDays } from "../support/audited-days.ts";
import { type Ended, runScript } from "../support/npm-script.ts";
import { unzip } from "../support/unzip.ts";

const ORGANIZATION = "org_0000000000000001";

let folder: string;
let evidence: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "export-"));
  evidence = join(folder, "evidence");
  await auditDays(folderEvidenceStore(evidence), threeDays());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(out: string, ...arguments_: readonly string[]): Promise<Ended> {
  const options = [
    "--in",
    evidence,
    "--organization",
    ORGANIZATION,
    "--from",
    "2026-03-04",
    "--to",
    "2026-03-05",
    ...arguments_,
  ];
  return runScript("evidence", ["export", ...options, "--out", join(folder, out)]);
}

describe("npm run evidence -- export", () => {
  it("writes a file for its owner alone, and says what is in it", async () => {
    const { error, out, status } = await run("request.zip");
    expect({ error, status }).toEqual({ error: "", status: 0 });
    expect(out).toBe(`${join(folder, "request.zip")}: ${ORGANIZATION}, 3 runs.\n`);
    expect((await stat(join(folder, "request.zip"))).mode & 0o777).toBe(0o600);
    const files = unzip(await readFile(join(folder, "request.zip")));
    expect([...files.keys()]).toContain(`${FOLDER}/README.md`);
    expect([...files.keys()].some((name) => name.includes("parts/"))).toBe(false);
  });

  it("says that parts have lines about other Organizations", async () => {
    const { out } = await run("with-parts.zip", "--with-parts");
    expect(out).toContain("3 runs, with parts that have lines about other Organizations.");
    expect((await runScript("evidence", ["export", "--help"])).out).toContain("do not hand such a file to a customer");
  });

  it("takes run IDs as the period", async () => {
    const { out } = await run("one-run.zip", "--from", "20260305T060000Z", "--to", "20260305T060000Z");
    expect(out).toContain("2 runs");
  });

  it("refuses a file that exists, and does not touch it", async () => {
    await writeFile(join(folder, "there.zip"), "mine");
    const { error, status } = await run("there.zip");
    expect(status).toBe(1);
    expect(error).toMatch(/--out: .*there\.zip.*: it exists already; name another file\.$/m);
    expect(await readFile(join(folder, "there.zip"), "utf8")).toBe("mine");
  });

  it.each([
    ["evidence/request.zip", [], /--out: .* is inside the evidence/],
    ["no/folder/request.zip", [], /--out: .*: it cannot be written \(ENOENT\)/],
    ["x.zip", ["--to", "2026-03-01"], /--to: it is before --from\./],
    ["x.zip", ["--from", "2027-01-01", "--to", "2027-02-01"], /--from: no run in the period/],
    ["x.zip", ["--from", "yesterdayish"], /--from: "yesterdayish" is not a day/],
    ["x.zip", ["--organization", "nobody"], /--organization: no Organization of .* has or had the name "nobody"/],
    [
      "x.zip",
      ["--organization", "org_0000000000000009"],
      /--organization: org_0000000000000009 is in no run of this period\./,
    ],
  ])("refuses %s %j in one line, and leaves no file", async (out, arguments_, message) => {
    const { error, status } = await run(out, ...arguments_);
    expect(status).toBe(1);
    expect(error.trimEnd()).toMatch(message);
    expect(error.trimEnd()).not.toContain("\n");
    expect(await readdir(folder)).not.toContain("x.zip");
  });

  it("leaves no file when the evidence is not valid", async () => {
    const broken = join(folder, "broken");
    const store = folderEvidenceStore(broken);
    await auditDays(store, threeDays());
    for await (const key of store.list("v1/policies/")) await rm(join(broken, key));
    const options = ["--in", broken, "--organization", ORGANIZATION, "--from", "2026-03-03", "--to", "2026-03-05"];
    const { error, status } = await runScript("evidence", ["export", ...options, "--out", join(folder, "broken.zip")]);
    expect(status).toBe(2);
    expect(error).toContain("the object does not exist");
    expect(await readdir(folder)).not.toContain("broken.zip");
  });
});
