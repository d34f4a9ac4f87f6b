import type { Command } from "commander";
import { PROGRAM } from "../domain/commands.ts";
import { ConfigurationError } from "../domain/errors.ts";
import { PRODUCER } from "../producer.ts";
import { newCommand } from "./program.ts";

const HELP = `
Commands:
  audit       audits a tenant from this machine, and writes evidence
  evidence    verifies, compares and queries recorded evidence
  report      renders the reports of a recorded run again
Without a command and AUTH0_ variables: a demo that needs no setup.

Each command has its own --help.`;

/** What the installed program says of itself. Its commands have programs of their own. */
export function packageCommand(): Command {
  return newCommand(PROGRAM, "Audits which connections the Organizations of an Auth0 tenant have enabled.")
    .usage("[command] [options]")
    .argument("[command]")
    .version(`${PRODUCER.name} ${PRODUCER.version}`)
    .configureHelp({ visibleArguments: () => [] })
    .addHelpText("after", HELP)
    .action((command) => {
      throw new ConfigurationError(
        `there is no command ${JSON.stringify(command)}; the commands are audit, evidence and report (${PROGRAM} --help).`,
      );
    });
}
