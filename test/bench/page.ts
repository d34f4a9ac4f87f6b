import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import type { EvidenceReader } from "../../lambda/evidence/store/port.ts";
import { writeEvidenceYear, yearOrganizationId } from "../support/evidence-year.ts";
import { serveTest, type TestPage } from "../support/served-page.ts";

const ORGANIZATIONS = 10_000;
const DAYS = 365;
/** As many as `npm start` puts into one part. */
const PART_ORGANIZATIONS = 200;
const FIRST_RUN_MS = Date.UTC(2026, 0, 1, 6);
const MOST_FOLDER_MS = 300;
const MOST_S3_MS = 2_000;
/** What S3 takes to answer a small GET, with some room. */
const S3_LATENCY_MS = 40;

/**
 * Every kind of page on a year of daily runs, asked the first time and again: from a folder, and from a store that answers
 * as late as S3. Arguments: how many Organizations, how many days.
 */
export async function bench(arguments_: readonly string[]): Promise<boolean> {
  const [organizations = ORGANIZATIONS, days = DAYS] = arguments_.map(Number);
  const folder = await mkdtemp(join(tmpdir(), "page-year-"));
  try {
    const store = folderEvidenceStore(folder);
    const year = { domain: "acme.eu.auth0.com", organizations, days, partOrganizations: PART_ORGANIZATIONS };
    await writeEvidenceYear(store, { ...year, firstRunMs: FIRST_RUN_MS });
    process.stdout.write(`${days} runs of ${organizations} Organizations.\n`);
    const paths = pathsOf(organizations, days);
    const isFolderMet = await measure("folder", store, paths, { mostMs: MOST_FOLDER_MS, of: "cpu" });
    const isS3Met = await measure(`S3 (${S3_LATENCY_MS} ms an object)`, slow(store), paths, {
      mostMs: MOST_S3_MS,
      of: "elapsed",
    });
    process.stdout.write(`Memory of the process: ${Math.round(process.memoryUsage().rss / 1e6)} MB.\n`);
    return isFolderMet && isS3Met;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pathsOf(organizations: number, days: number): readonly string[] {
  const id = yearOrganizationId(Math.floor(organizations / 2));
  const at = new Date(FIRST_RUN_MS + Math.floor(days / 2) * 86_400_000).toISOString().slice(0, 10);
  return [
    "/",
    `/search?q=customer-${organizations - 2}x`,
    "/search?q=GmbH",
    `/organizations/${id}`,
    `/organizations/${id}?at=${at}`,
    `/connections/${CONNECTION}`,
    `/changes?since=${at}`,
    "/changes?severity=high",
    "/runs",
  ];
}

/** One that no Organization has: the whole state is read for it. */
const CONNECTION = "con_none";

/** What may take how long: on a machine with other work, a folder is judged by what one core would take. */
interface Target {
  readonly mostMs: number;
  readonly of: "cpu" | "elapsed";
}

async function measure(
  name: string,
  store: EvidenceReader,
  paths: readonly string[],
  target: Target,
): Promise<boolean> {
  const started = performance.now();
  const page = await serveTest(store);
  process.stdout.write(`${name}: ready after ${Math.round(performance.now() - started)} ms. First time, and again:\n`);
  let isMet = true;
  for (const path of paths) {
    const [first, again] = [await time(page, path), await time(page, path)];
    const isPathMet = first[target.of] <= target.mostMs;
    isMet &&= isPathMet;
    process.stdout.write(`  ${timeText(first)}, ${timeText(again)}  ${path}: ${isPathMet ? "met" : "MISSED"}\n`);
  }
  process.stdout.write(`  Target: ${target.mostMs} ms (${target.of === "cpu" ? "CPU time" : "elapsed"}).\n`);
  await page.close();
  return isMet;
}

interface Times {
  readonly cpu: number;
  readonly elapsed: number;
}

function timeText({ cpu, elapsed }: Times): string {
  return `${String(Math.round(elapsed)).padStart(5)} ms (CPU ${String(Math.round(cpu)).padStart(4)} ms)`;
}

async function time(page: TestPage, path: string): Promise<Times> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const { status } = await page.get(path);
  if (status !== 200) throw new Error(`${path} answered ${status}.`);
  const { system, user } = process.cpuUsage(before);
  return { elapsed: performance.now() - started, cpu: (system + user) / 1000 };
}

/** The same evidence, with the time that S3 takes before each answer. */
function slow(store: EvidenceReader): EvidenceReader {
  return {
    location: store.location,
    exists: store.exists,
    read: async (key) => {
      await setTimeout(S3_LATENCY_MS);
      return store.read(key);
    },
    async *list(prefix, startAfter) {
      await setTimeout(S3_LATENCY_MS);
      yield* store.list(prefix, startAfter);
    },
  };
}
