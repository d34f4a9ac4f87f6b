import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export interface Ended {
  /** Null when a signal ended the process. */
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

/** Starts a command as package.json does. It sees `environment` alone: no token, domain or credentials of the machine. */
export function startScript(
  script: "start" | "report" | "evidence",
  arguments_: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  cwd = ROOT,
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [join(ROOT, "lambda/cli/main.ts"), script, ...arguments_], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
  });
  let out = "";
  let error = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    error += chunk;
  });
  const ended = new Promise<Ended>((resolve) => child.on("close", (status) => resolve({ status, out, error })));
  return { child, ended };
}

/** Runs a command to its end. */
export function runScript(...started: Parameters<typeof startScript>): Promise<Ended> {
  return startScript(...started).ended;
}

/** Runs a command in a folder of its own, where its default folder for evidence is. */
export function runScriptIn(
  folder: string,
  script: Parameters<typeof startScript>[0],
  arguments_: readonly string[],
): Promise<Ended> {
  return startScript(script, arguments_, {}, folder).ended;
}
