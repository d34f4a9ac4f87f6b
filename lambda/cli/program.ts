import { once } from "node:events";
import { Command, CommanderError } from "commander";
import { ConfigurationError } from "../domain/errors.ts";

/** A command that prints nothing about an error and never ends the process: `run` throws the error instead. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .configureOutput({ writeErr: () => {} })
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

/** Writes to standard output, and waits until it can take more. */
export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

export function printLines(lines: readonly string[]): Promise<void> {
  return write(lines.map((line) => `${line}\n`).join(""));
}
