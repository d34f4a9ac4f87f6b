import { open, rm } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { codeOf, OWNER_ONLY } from "../../disk/files.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import { counted } from "../../domain/text.ts";
import { noRun } from "../../evidence/query/choose-run.ts";
import { findOrganization } from "../../evidence/query/find-organization.ts";
import { gather } from "../../export/gather.ts";
import { packageFiles } from "../../export/package.ts";
import { ZipTooLargeError, zip } from "../../export/zip.ts";
import { openRuns, type ReaderOptions, readerCommand } from "../evidence-reader.ts";
import { printLines } from "../program.ts";
import { rangeBetween, type Span, span } from "../times.ts";

const HELP = `
The file has the Organization's states, changes and findings of the period, the manifests that prove them, a README for
the auditor, and a check that needs sha256sum, jq and gzip only.

--with-parts also packs the stored parts and your policy, so that every line can be checked against its manifest. Parts
have lines about other Organizations of the tenant, with their names and connections, and a policy can name them in its
waivers: do not hand such a file to a customer.`;

interface Options extends ReaderOptions {
  readonly organization: string;
  readonly from: Span;
  readonly to: Span;
  readonly out: string;
  readonly withParts?: boolean;
}

export function exportCommand(): Command {
  return readerCommand("export", "Packs what is recorded of one Organization in a period, for an auditor.")
    .requiredOption("--organization <which>", "its ID (org_...), its name or its display name")
    .requiredOption("--from <date>", "the start of the period", span("--from"))
    .requiredOption("--to <date>", "the end of the period; includes the whole day", span("--to"))
    .requiredOption("--out <file>", "the ZIP file, which must not exist", zipFile)
    .option("--with-parts", "also pack the stored parts, which have lines about other Organizations")
    .addHelpText("after", HELP)
    .action(exportEvidence);
}

async function exportEvidence(options: Options): Promise<void> {
  refuseInside(options.in, options.out);
  const { reader, runs } = await openRuns(options);
  const range = rangeBetween(options.from, options.to, runs);
  if (runs.within(range).length === 0) throw noRun(runs, range, "--from");
  const organizationId = await findOrganization(reader, runs, options.organization, range);
  const gathered = await gather(reader, runs, organizationId, range);
  if (gathered.runs.every(({ lines }) => lines.snapshot.length === 0))
    throw new ConfigurationError(`--organization: ${organizationId} is in no run of this period.`);
  const withParts = options.withParts ?? false;
  await writeNew(options.out, zip(packageFiles(reader, gathered, { tenant: runs.tenant, withParts })));
  await printLines([
    `${options.out}: ${organizationId}, ${counted(gathered.runs.length, "run")}${withParts ? ", with parts that have lines about other Organizations" : ""}.`,
  ]);
}

/** Writes a file that must not exist. What was written is removed when it cannot be completed. */
async function writeNew(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "wx", OWNER_ONLY.file).catch((cause: unknown) => {
    const why =
      codeOf(cause) === "EEXIST" ? "it exists already; name another file" : `it cannot be written (${codeOf(cause)})`;
    throw new ConfigurationError(`--out: ${JSON.stringify(path)}: ${why}.`, { cause });
  });
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    if (error instanceof ZipTooLargeError)
      throw new ConfigurationError("--from: the package would be too large for a ZIP file; choose a shorter period.", {
        cause: error,
      });
    throw error;
  }
}

function zipFile(text: string): string {
  if (text.trim() !== "" && !/^[a-z0-9]+:\/\//i.test(text)) return text;
  throw new ConfigurationError(`--out: ${JSON.stringify(text)} is not a file.`);
}

/** A file in the evidence folder could be mistaken for evidence. */
function refuseInside(evidence: string, out: string): void {
  if (evidence.startsWith("s3://")) return;
  const path = relative(resolve(evidence), resolve(out));
  if (!path.startsWith("..") && resolve(path) !== path)
    throw new ConfigurationError(`--out: ${JSON.stringify(out)} is inside the evidence; name another place.`);
}
