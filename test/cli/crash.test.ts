import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { finishedSteps, loadExecution } from "../../lambda/execution/local/execution-file.ts";
import { durableAudit, type Kill } from "../support/durable-audit.ts";

const ROOT = join(import.meta.dirname, "../..");
const CHUNKS = 12;
const CHUNK_ORGANIZATIONS = 3;
/** Besides the chunks: begin, discover, organizations, logs (2), facts, compare, judge, prepare, commit and publish. */
const OPERATIONS = CHUNKS + 11;
/** Each starts and succeeds. */
const CHECKPOINTS = 2 * OPERATIONS;
const RANDOM_KILLS = 50;
const SEED = 20_260_303;

let folder: string;
let tenant: DemoTenant;
let undisturbed: ReadonlyMap<string, string>;
let events: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crash-"));
  tenant = await startDemoTenant({
    organizations: Array.from({ length: CHUNKS * CHUNK_ORGANIZATIONS }, (_, index) => ({
      id: `org_${String(index).padStart(16, "0")}`,
      name: `customer-${index}`,
      displayName: `Customer ${index}`,
      connections: [{ connection_id: "con_0000000000000001", connection: { name: "sso", strategy: "samlp" } }],
    })),
    bucket: { kind: "drip", limit: 100_000, perSecond: 100_000 },
  });
  const run = settings("undisturbed");
  events = await countEvents(run);
  undisturbed = await evidence(run.folder);
});
afterAll(async () => {
  await tenant.close();
  await rm(folder, { recursive: true, force: true });
});

function settings(name: string) {
  return {
    url: tenant.url,
    token: tenant.token,
    folder: join(folder, name),
    file: join(folder, `${name}.ndjson`),
    chunkOrganizations: CHUNK_ORGANIZATIONS,
  };
}

/** Runs to the end, and returns how many moments there are at which a process can be killed. */
async function countEvents(run: ReturnType<typeof settings>): Promise<number> {
  let progress = 0;
  const { operations } = await durableAudit(run, () => {
    progress += 1;
  });
  expect(operations).toBe(OPERATIONS);
  return progress + 4 * CHECKPOINTS;
}

/** All evidence, without what may differ between two runs: the word in the names of parts, requests and the duration. */
async function evidence(at: string): Promise<ReadonlyMap<string, string>> {
  const files = await readdir(join(at, "v1"), { recursive: true, withFileTypes: true });
  const kept = files
    .filter((one) => one.isFile() && !one.name.startsWith("~"))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.includes("/state/") && !path.includes("/reports/"));
  return new Map(
    await Promise.all(
      kept.sort().map(async (path) => {
        const content = await readFile(path, path.endsWith(".json") ? "utf8" : "latin1");
        return [
          withoutWord(relative(at, path)),
          withoutWord(content)
            .replace(/"usage":\{[^}]*\}/, "")
            .replace(/,"content_sha256":"[0-9a-f]+"/, ""),
        ] as const;
      }),
    ),
  );
}

function withoutWord(text: string): string {
  return text.replaceAll(/(part-\d{5})-[0-9a-f]{16}/g, "$1");
}

/** Starts a process that is killed, resumes in this one, and compares the evidence with that of the undisturbed run. */
async function disturb(name: string, kill: Kill): Promise<void> {
  const run = settings(name);
  const child = spawn(process.execPath, ["test/support/durable-audit.ts", JSON.stringify({ ...run, kill })], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  const signal = await new Promise((resolve) => child.on("close", (_status, by) => resolve(by)));
  expect([signal, out]).toEqual(signal === "SIGKILL" ? ["SIGKILL", ""] : [null, "finished\n"]);
  const saved = await loadExecution(run.file);
  const finished = saved === null ? 0 : finishedSteps(saved);
  const chunks = Math.min(CHUNKS, Math.max(0, finished - 3));
  const read: number[] = [];
  await durableAudit(run, (progress) => {
    if (progress.kind === "reading") read.push(progress.done);
  });
  expect(await evidence(run.folder)).toEqual(undisturbed);
  // Finished chunks are not read again.
  expect(read.filter((done) => done <= chunks * CHUNK_ORGANIZATIONS)).toEqual([]);
}

/** A deterministic random generator (the linear congruential one of Numerical Recipes). */
function* seeded(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

async function twoAtATime(works: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...works];
  const worker = async () => {
    for (let work = left.shift(); work !== undefined; work = left.shift()) await work();
  };
  await Promise.all([worker(), worker()]);
}

describe("a process that is killed and started again leaves the same evidence", () => {
  it("when killed before and after every checkpoint", async () => {
    const kills = Array.from({ length: CHECKPOINTS }, (_, index) => index + 1).map(
      (count) => () =>
        disturb(`checkpoint-${count}`, { at: count % 2 === 0 ? "checkpoint" : "after-checkpoint", count }),
    );
    await twoAtATime(kills);
  }, 120_000);

  it(`when killed at ${RANDOM_KILLS} random moments (seed ${SEED})`, async () => {
    const random = seeded(SEED);
    const kills = Array.from({ length: RANDOM_KILLS }, (_, index) => {
      const count = 1 + Math.floor(random.next().value * events);
      return () => disturb(`random-${index}`, { at: "event", count });
    });
    await twoAtATime(kills);
  }, 180_000);
});
