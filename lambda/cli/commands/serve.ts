import type { Command } from "commander";
import { codeOf } from "../../disk/files.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import { systemClock } from "../../execution/system-clock.ts";
import { Archive } from "../../page/archive.ts";
import { type ServedPage, servePage } from "../../page/server.ts";
import { noEvidence, openReader, type ReaderOptions, readerCommand, tenantIn } from "../evidence-reader.ts";
import { openBrowser } from "../open-browser.ts";
import { printLines } from "../program.ts";

/** The same each time, so that a link to a page still works later. */
const PORT = 8350;
const MOST_PORT = 65_535;

interface Options extends ReaderOptions {
  readonly port?: number;
  readonly open: boolean;
}

export function serveCommand(): Command {
  return readerCommand("serve", "Serves a page on this machine that answers questions about the evidence.")
    .option("--port <number>", `the port on 127.0.0.1 (default: ${PORT}, or any free one if it is in use)`, port)
    .option("--no-open", "do not open the browser")
    .action(serve);
}

async function serve(options: Options): Promise<void> {
  const reader = await openReader(options);
  const tenant = await tenantIn(reader, options);
  const archive = await Archive.open(reader, tenant, systemClock);
  const { readable } = await archive.runs();
  if (readable.length === 0) throw noEvidence(reader, tenant);
  const served = await servedOn(archive, options.port);
  const ended = untilInterrupted();
  await printLines([
    `The page of ${tenant}, read from ${reader.location}: ${served.address}`,
    "It is for this machine only, and the token in the address is a secret. Ctrl-C ends it.",
  ]);
  if (options.open) openBrowser(served.addressOnce);
  await ended;
  await served.close();
}

/** On the port that was asked for, or on the usual one; if that is in use, on any other. */
async function servedOn(archive: Archive, asked: number | undefined): Promise<ServedPage> {
  const onDefect = (error: unknown) =>
    process.stderr.write(`unexpected: ${error instanceof Error ? error.stack : String(error)}\n`);
  try {
    return await servePage(archive, { port: asked ?? PORT, onDefect });
  } catch (error) {
    if (codeOf(error) !== "EADDRINUSE" && codeOf(error) !== "EACCES") throw error;
    if (asked !== undefined)
      throw new ConfigurationError(`--port: ${asked} cannot be used (${codeOf(error)}); name another one.`);
    return servePage(archive, { port: 0, onDefect });
  }
}

/** Resolves at Ctrl-C, or when the process is asked to end. */
function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}

function port(text: string): number {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= MOST_PORT) return number;
  throw new ConfigurationError(`--port: ${JSON.stringify(text)} is not a number from 0 to ${MOST_PORT}.`);
}
