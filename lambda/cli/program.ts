import { once } from "node:events";
import { Command, CommanderError } from "commander";
import { asStarted } from "../domain/commands.ts";
import { ConfigurationError } from "../domain/errors.ts";

/** A command that prints nothing about an error and never ends the process: `run` throws the error instead. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .configureOutput({ writeErr: () => {}, writeOut: (text) => process.stdout.write(asStarted(text)) })
    .exitOverride();
}

/** Parses the arguments and runs the command. Throws `ConfigurationError` for a bad one, and what the command throws. */
export async function run(program: Command, arguments_: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(arguments_, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help or the version was printed.
    if (error.exitCode === 0) return;
    const problem = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    throw new ConfigurationError(`${problem} (${program.name()} --help shows what is possible)`);
  }
}

/**
 * Writes to standard output, and waits until it can take more. Control and bidirectional characters, which JSON and CSV
 * may contain, are shown as escapes: in a string of JSON they mean the same.
 */
export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text.replaceAll(INVISIBLE, escaped))) await once(process.stdout, "drain");
}

/** What `plain` hides, except line ends, tabs, and the byte order mark at the beginning of a CSV file. */
const INVISIBLE = /(?!^\uFEFF|[\n\r\t\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escaped(character: string): string {
  return character.replaceAll(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function printLines(lines: readonly string[]): Promise<void> {
  return write(lines.map((line) => `${line}\n`).join(""));
}
