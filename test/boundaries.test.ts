import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as v from "valibot";

const ROOT = join(import.meta.dirname, "..");

/** What each room may import besides itself. Reading from top to bottom, imports run upwards only. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  aws: [],
  streams: ["domain"],
  disk: ["domain"],
  changes: ["domain"],
  findings: ["domain"],
  demo: ["domain"],
  auth0: ["domain", "aws"],
  attribution: ["domain", "changes", "auth0"],
  evidence: ["domain", "streams", "disk", "aws", "changes", "findings"],
  hints: ["domain", "auth0", "evidence"],
  execution: ["domain", "disk"],
  report: ["domain", "streams", "changes", "findings", "attribution", "evidence"],
  page: ["domain", "streams", "findings", "evidence", "report"],
  export: ["domain", "streams", "evidence", "report"],
  notify: ["domain", "aws", "evidence", "report", "execution"],
  audit: [
    "domain",
    "streams",
    "auth0",
    "changes",
    "findings",
    "attribution",
    "evidence",
    "hints",
    "report",
    "notify",
    "execution",
  ],
  functions: ["domain", "aws", "auth0", "findings", "evidence", "notify", "execution", "audit"],
  cli: [
    "domain",
    "aws",
    "disk",
    "auth0",
    "findings",
    "evidence",
    "report",
    "page",
    "export",
    "execution",
    "audit",
    "demo",
  ],
};
const ROOMS = Object.keys(MAY_IMPORT);
const NESTED_ROOMS = ["auth0", "cli", "evidence", "execution", "page", "report"];
/** Folders whose files touch no clock, network, file system or AWS. */
const PURE_FOLDERS = [
  "domain",
  "streams",
  "changes",
  "findings",
  "attribution",
  "hints",
  "auth0/rate-limit",
  "evidence/format",
  "report/html",
  "report/text",
  "page/html",
];

/** A file with one line of code, and whether the gate must refuse it. */
interface Planted {
  readonly file: string;
  readonly code: string;
  readonly isRefused: boolean;
}

function* planted(): Generator<Planted> {
  const imports = (specifier: string) => `export * from "${specifier}";\n`;
  for (const room of ROOMS)
    for (const other of [...ROOMS, "infra"].filter((one) => one !== room)) {
      const isRefused = !MAY_IMPORT[room]?.includes(other);
      const place = other === "infra" ? "../infra" : other;
      yield { file: `lambda/${room}/imports-${other}.ts`, code: imports(`../${place}/thing.ts`), isRefused };
      if (NESTED_ROOMS.includes(room))
        yield {
          file: `lambda/${room}/nested/imports-${other}.ts`,
          code: imports(`../../${place}/thing.ts`),
          isRefused,
        };
    }
  for (const folder of PURE_FOLDERS)
    for (const [name, code] of [
      ["reads-a-file", imports("node:fs/promises")],
      ["calls-aws", imports("@aws-sdk/client-s3")],
      ["fetches", 'export const answer = fetch("https://localhost");\n'],
      ["waits", "export const timer = setTimeout(() => {}, 1);\n"],
    ] as const)
      yield { file: `lambda/${folder}/${name}.ts`, code, isRefused: true };
  for (const [file, up] of [
    ["infra/imports.ts", "../"],
    ["infra/configuration/imports.ts", "../../"],
  ] as const)
    for (const [place, isRefused] of [
      ["audit/thing.ts", true],
      ["evidence/store/thing.ts", true],
      ["evidence/format/thing.ts", false],
      ["domain/thing.ts", false],
      ["findings/thing.ts", false],
      ["contract.ts", false],
    ] as const)
      yield {
        file: file.replace(".ts", `-${place.replaceAll(/[/.]/g, "-")}.ts`),
        code: imports(`${up}lambda/${place}`),
        isRefused,
      };
  yield { file: "lambda/contract.ts", code: imports("./domain/thing.ts"), isRefused: true };
}

const reportSchema = v.object({
  diagnostics: v.array(v.object({ category: v.string(), location: v.object({ path: v.string() }) })),
});

describe("the boundaries between rooms", () => {
  const all = [...planted()];
  let folder: string;
  let refused: ReadonlySet<string>;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "boundaries-"));
    copyFileSync(join(ROOT, ".biome.json"), join(folder, ".biome.json"));
    for (const { file, code } of all) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), code);
    }
    refused = refusedIn(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(all.filter(({ isRefused }) => isRefused))("refuses $file", ({ file }) => {
    expect([...refused]).toContain(file);
  });

  it("accepts imports that run downwards", () => {
    const accepted = all.filter(({ isRefused }) => !isRefused).map(({ file }) => file);
    expect(accepted.filter((file) => refused.has(file))).toEqual([]);
  });

  it("knows every room", () => {
    const folders = readdirSync(join(ROOT, "lambda"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual([...ROOMS].sort());
  });
});

/** The files that the linter refuses for what they import or use. */
function refusedIn(folder: string): ReadonlySet<string> {
  const biome = join(ROOT, "node_modules/.bin/biome");
  const options = ["lint", "--vcs-enabled=false", "--max-diagnostics=none", "--reporter=json", "."];
  let output: string;
  try {
    output = execFileSync(biome, options, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    output = v.parse(v.object({ stdout: v.string() }), error).stdout;
  }
  const { diagnostics } = v.parse(reportSchema, JSON.parse(output));
  const isBoundary = (category: string) => /\/(noRestrictedImports|noRestrictedGlobals)$/.test(category);
  return new Set(diagnostics.filter(({ category }) => isBoundary(category)).map(({ location }) => location.path));
}
