import { counted } from "../domain/text.ts";
import type { ReportModel } from "./model.ts";
import { undoneFacts } from "./text/undone.ts";
import { actorLine, logsText, readLogs } from "./text/who.ts";

/** At most this many temporary changes and actors; the report lists more. */
const SHOWN_UNDONE = 20;
const SHOWN_ACTORS = 5;

/** What came and went, one line each. */
export function terminalUndone({ undone: { shown, total } }: ReportModel): readonly string[] {
  const lines = shown.slice(0, SHOWN_UNDONE).map((one) => {
    const { text, who } = undoneFacts(one);
    return `  ${one.change.severity.padEnd(6)} ${text} By ${who}.`;
  });
  const more = total - lines.length;
  return [...lines, ...(more > 0 ? [`  and ${counted(more, "more temporary change")}: see the report`] : [])];
}

/** The changes by actor; one line about the logs where they were not read completely. */
export function terminalActors({ actors, manifest }: ReportModel): readonly string[] {
  const shown = actors.shown.slice(0, SHOWN_ACTORS).map(actorLine);
  const more = actors.shown.length - shown.length;
  const logs = readLogs(manifest) && manifest.logs?.complete === true ? null : logsText(manifest);
  return [
    ...shown.map(({ name, text }) => `  by ${name}: ${text}`),
    ...(more > 0 ? [`  and ${counted(more, "more actor")}: see the report`] : []),
    ...(logs === null ? [] : [logs]),
  ];
}
