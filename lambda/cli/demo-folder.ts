import { runIdAt } from "../domain/time.ts";

const PREFIX = "demo-";

/** Where a demo that starts now keeps its evidence: later demos sort after earlier ones. */
export function demoFolder(startedMs: number): string {
  return `./evidence/${PREFIX}${runIdAt(startedMs)}`;
}

/** Whether a folder in `./evidence` is a demo's. */
export function isDemo(name: string): boolean {
  return name.startsWith(PREFIX);
}
