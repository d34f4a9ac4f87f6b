import { lastObservation } from "../domain/snapshot.ts";
import { counted, moment } from "../domain/text.ts";
import { timestamp } from "../domain/time.ts";
import { decodeChange, decodeFinding } from "../evidence/format/lines.ts";
import { PRODUCER } from "../producer.ts";
import { markdown } from "../report/escape-markdown.ts";
import { shortened } from "../report/limits.ts";
import { changeLine, intervalText } from "../report/text/change.ts";
import { connectionLabel, failureText, UNKNOWN } from "../report/text/organization.ts";
import type { Gathered } from "./gather.ts";
import type { RunState } from "./states.ts";

/** A list of the README has at most this many lines; the files have all of them. */
const SHOWN = 200;
const CELL_CHARACTERS = 1_000;

/** What the README describes. */
export interface Described {
  readonly gathered: Gathered;
  readonly tenant: string;
  readonly states: readonly RunState[];
  readonly hasParts: boolean;
  readonly hasSignatures: boolean;
  readonly hasPolicies: boolean;
}

/** README.md of a package: the answer first, then what each file is, how to check it, and what that proves. */
export function readme(described: Described): string {
  const { gathered, tenant } = described;
  const { organizationDisplayName, organizationId, organizationName, range, runs } = gathered;
  const names = [organizationDisplayName, organizationName].flatMap((name) => name || []);
  const title = names[0] ?? organizationId;
  const edge = (ms: number, open: string) => (Number.isFinite(ms) ? moment(timestamp(ms)) : open);
  return `${[
    `# Evidence of who could sign in to ${cell(title)}`,
    `- Organization: ${[...names.slice(1), organizationId].map(cell).join(", ")}, of the Auth0 tenant ${cell(tenant)}`,
    `- Period: ${edge(range.fromMs, "the first run")} to ${edge(range.toMs, "the last run")}`,
    `- Recorded by ${counted(runs.length, "run")}. The first of them has the state at the start of the period.`,
    "",
    "## Connections that people could use to sign in",
    ...table(["Runs completed", "Runs", "Enabled connections (strategy)"], stateRows(described.states)),
    "",
    "## Changes",
    ...table(["Severity", "Change", "When", "Why"], changeRows(gathered), "No change was recorded."),
    "",
    "## Findings of the last run",
    ...table(["Severity", "Status", "Rule", "What is wrong", "First seen"], findingRows(gathered), "There are none."),
    "",
    ...files(described),
    "",
    ...check(described),
    "",
    `Made by ${PRODUCER.name} ${PRODUCER.version}. All times are UTC.`,
  ].join("\n")}\n`;
}

function cell(text: string): string {
  return markdown(shortened(text, CELL_CHARACTERS));
}

function table(header: readonly string[], rows: readonly (readonly string[])[], none = "None."): readonly string[] {
  if (rows.length === 0) return [none];
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rest = rows.length - SHOWN;
  const more = rest > 0 ? ["", `${counted(rest, "more line")}: see the files.`] : [];
  return [row(header), row(header.map(() => "---")), ...rows.slice(0, SHOWN).map(row), ...more];
}

/** Runs in a row that show the same are one line. */
function stateRows(states: readonly RunState[]): readonly (readonly string[])[] {
  const rows: { text: string; first: RunState; last: RunState; runs: number }[] = [];
  for (const state of states) {
    const text = stateText(state);
    const last = rows.at(-1);
    if (last?.text === text) {
      last.last = state;
      last.runs += 1;
    } else rows.push({ text, first: state, last: state, runs: 1 });
  }
  return rows.map(({ first, last, runs, text }) => {
    const [from, to] = [moment(first.manifest.completedAt), moment(last.manifest.completedAt)];
    return [from === to ? from : `${from} to ${to}`, String(runs), cell(text)];
  });
}

function stateText({ manifest, snapshot }: RunState): string {
  if (manifest.status === "failed") return "not read: the whole run failed";
  if (snapshot === null) return "this run has no line about the Organization";
  if (snapshot.status === "deleted") return "deleted: no one could sign in";
  const seen = lastObservation(snapshot);
  const names = (seen?.enabledConnections ?? []).map(
    (one) => `${connectionLabel(one)} (${one.strategy ?? UNKNOWN}${flags(one)})`,
  );
  const text = seen === null ? "never read" : names.length === 0 ? "none" : names.join(", ");
  return snapshot.status === "failed"
    ? `not read (${failureText(snapshot.failure)}); last known: ${text}${seen === null ? "" : `, read ${moment(seen.observedAt)}`}`
    : text;
}

function flags(one: {
  readonly assignMembershipOnLogin: boolean;
  readonly isSignupEnabled: boolean;
  readonly showAsButton: boolean;
}): string {
  return [
    one.assignMembershipOnLogin ? ", everyone who signs in becomes a member" : "",
    one.isSignupEnabled ? ", sign-up" : "",
    one.showAsButton ? "" : ", no button",
  ].join("");
}

function changeRows({ runs }: Gathered): readonly (readonly string[])[] {
  return runs.flatMap(({ lines }) =>
    lines.changes.map(({ key, text }) => {
      const change = decodeChange(text, key);
      return [change.severity, cell(changeLine(change)), intervalText(change.between), cell(change.reasons.join(" "))];
    }),
  );
}

function findingRows({ runs }: Gathered): readonly (readonly string[])[] {
  const last = runs.findLast(({ lines }) => lines.snapshot.length > 0);
  return (last?.lines.findings ?? []).map(({ key, text }) => {
    const { firstSeen, message, rule, severity, status, waiver } = decodeFinding(text, key);
    const accepted = waiver === null ? "" : ` Accepted: ${waiver.reason}`;
    return [severity, status, cell(rule), cell(`${message}${accepted}`), moment(firstSeen.at)];
  });
}

function files({ hasParts, hasPolicies, hasSignatures }: Described): readonly string[] {
  return [
    "## Files",
    "| file | what it is |",
    "| --- | --- |",
    "| `states.ndjson`, `states.csv` | The Organization's connections in each run: the stored lines, and the same for a spreadsheet. |",
    "| `changes.ndjson`, `changes.csv` | Every recorded change. |",
    "| `findings.ndjson`, `findings.csv` | What each run found wrong or accepted. |",
    ...(hasPolicies ? ["| `policies/` | The policies that the findings were judged by. |"] : []),
    "| `operations.ndjson` | What the tenant's logs say of who did it; only if a run recorded it. |",
    "| `manifests/` | The manifest of every run of the period, byte for byte. Each has the SHA-256 of the one before it. |",
    ...(hasSignatures ? ["| `signatures/` | The signature of each manifest. |"] : []),
    ...(hasParts
      ? [
          "| `parts/` | The stored parts that could have a line about the Organization. **They have lines about other Organizations too.** |",
        ]
      : []),
    "| `statement.json` | From which part, and from which line of it, each line is, with its SHA-256. |",
    "| `check.sh`, `SHA256SUMS` | The check below. |",
    "",
    "A manifest has counts of the whole tenant, and the IDs of the first and last Organization of each part. It has no names.",
    ...(hasPolicies
      ? []
      : ["The owner's policy is not in this package, because its waivers can name other Organizations."]),
  ];
}

function check({ hasParts, hasSignatures }: Described): readonly string[] {
  return [
    "## Check it",
    "You need `sha256sum`, `jq` and `gzip`, and no program of the party that made this package. Read `check.sh` first: it is short.",
    "",
    "```sh",
    "sha256sum -c SHA256SUMS      # the files are as they were packed",
    "sh check.sh                  # the chain of manifests, and the lines if there are parts",
    "sha256sum manifests/*.json   # compare the last one with a hash from another source",
    "```",
    ...(hasSignatures
      ? [
          "",
          "Ask the owner of the tenant for the public key of the signatures, `manifest-key.pem`:",
          "",
          "```sh",
          "for run in manifests/*.json; do",
          '  openssl dgst -sha256 -verify manifest-key.pem -signature "signatures/$(basename "$run").sig" "$run"',
          "done",
          "```",
        ]
      : []),
    "",
    "What each step proves:",
    "",
    "1. **The files** are as they were packed. This proves nothing about who packed them.",
    "2. **The chain**: no manifest between the first and the last was changed, removed or inserted since the last one was written. To know when that was, compare the SHA-256 of the last manifest with one that you have from another source: the e-mail, the event or the log of that run. Without such a hash, the whole chain could have been written later.",
    hasSignatures
      ? "3. **The signatures**: the holder of the signing key wrote these manifests."
      : "3. **Signatures**: this tenant's manifests are not signed, or the package has none.",
    hasParts
      ? "4. **The lines**: `check.sh` compares every line of this package with the parts, and the parts with their manifests. The lines are what was recorded, and none is missing."
      : "4. **The lines** of this package are a statement of who made it. A manifest has the SHA-256 of a whole part, and the parts are not in this package because they have lines about other Organizations. `statement.json` commits to each line by its part, its number and its SHA-256: ask to be shown that part, or for a package with parts (`--with-parts`), and compare.",
    "",
    "None of this proves that Auth0's answers were true, or what happened between two runs.",
  ];
}
