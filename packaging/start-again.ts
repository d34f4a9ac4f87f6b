import { spawn } from "node:child_process";
import { isBuiltin } from "node:module";

/** Node.js 22.12 has SQLite behind this flag; newer versions need no flag and accept it. */
const FLAG = "--experimental-sqlite";
/** Ctrl-C reaches both processes, because a terminal sends it to the whole group. These reach only this one. */
const PASSED_ON = ["SIGTERM", "SIGHUP"] as const;

/** Whether this process has no SQLite, and a process with the flag would have it. */
export function needsFlag(): boolean {
  return !isBuiltin("node:sqlite") && !process.execArgv.includes(FLAG);
}

/** Starts the program again with the flag, and ends as it ends: with the same status, or by the same signal. */
export function startAgain(): void {
  const child = spawn(process.execPath, [FLAG, ...process.execArgv, ...process.argv.slice(1)], { stdio: "inherit" });
  process.on("SIGINT", () => {});
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`Node.js could not be started again with ${FLAG}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on("exit", (status, signal) => {
    for (const one of ["SIGINT", ...PASSED_ON]) process.removeAllListeners(one);
    if (signal !== null) process.kill(process.pid, signal);
    else process.exitCode = status ?? 1;
  });
}
