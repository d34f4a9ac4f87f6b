import { EMPTY_SUMMARY, type Summary } from "../../changes/summary.ts";
import { CHANGE_KINDS, type ChangeKind, SEVERITIES, type Severity } from "../../domain/change.ts";
import { hasUnknownProperties } from "../../domain/enabled-connection.ts";
import { EvidenceError } from "../../domain/errors.ts";
import { FINDING_STATUSES } from "../../domain/finding.ts";
import { isObject, type Json, type JsonObject } from "../../domain/json.ts";
import { OPERATION_EFFECTS } from "../../domain/operation.ts";
import { compareText } from "../../domain/order.ts";
import { parseJson } from "../format/json-line.ts";
import type { EvidenceFile, Manifest } from "../format/manifest.ts";
import { altered } from "./problem.ts";

type Counts<Key extends string> = Record<Key, number>;

/**
 * Checks the lines of one run: their run and Organization, their order, and their counts. It reads only these keys, which
 * is several times as fast as decoding whole lines. Throws `EvidenceError` (`altered`, `malformed`).
 */
export class LineCheck {
  readonly #manifest: Manifest;
  readonly #organizations = { ...EMPTY_SUMMARY.organizations };
  readonly #changes: Counts<ChangeKind> = { ...EMPTY_SUMMARY.changes };
  readonly #severity: Counts<Severity> = { ...EMPTY_SUMMARY.severity };
  #connections = 0;
  #unknownProperties = 0;
  readonly #open: Counts<Severity> = { ...EMPTY_SUMMARY.findings.open };
  readonly #findings = { waived: 0, notEvaluated: 0, new: 0 };
  #undone = 0;
  readonly #last = new Map<EvidenceFile["role"], LineOrder>();
  #firstId: string | null = null;
  #lastId: string | null = null;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
  }

  /** Takes the lines of the run in their order. */
  add(text: string, file: EvidenceFile, row: number): void {
    const line = parseJson(text, `${file.key}, line ${row}`);
    if (!isObject(line)) return malformed(file, row, "$");
    const { run_id: runId, organization_id: organizationId } = line;
    if (runId !== this.#manifest.runId) altered(file.key, `line ${row} is of another run`);
    if (file.role === "operations") return this.#inOrder(this.#addOperation(line, file, row), file, row);
    if (typeof organizationId !== "string") return malformed(file, row, "$.organization_id");
    if (row === 1) this.#firstId = organizationId;
    this.#lastId = organizationId;
    const add = { snapshot: this.#addSnapshot, changes: this.#addChange, findings: this.#addFinding }[file.role];
    this.#inOrder(add.call(this, line, organizationId, file, row), file, row);
  }

  #inOrder(order: LineOrder, { key, role }: EvidenceFile, row: number): void {
    const last = this.#last.get(role);
    if (last !== undefined && compareOrder(last, order) >= 0) altered(key, `line ${row} is out of order`);
    this.#last.set(role, order);
  }

  /** Checks a file after its last line. */
  endFile(file: EvidenceFile, rows: number): void {
    if (file.role === "operations") return;
    const [first, last] = rows === 0 ? [null, null] : [this.#firstId, this.#lastId];
    const isRecorded = file.firstOrganizationId !== null || file.lastOrganizationId !== null;
    if (isRecorded && (file.firstOrganizationId !== first || file.lastOrganizationId !== last))
      altered(file.key, "its first or last Organization is not the one in the manifest");
  }

  /** Checks the manifest's summary after the last file. */
  end(): void {
    const { key, summary } = this.#manifest;
    const counted: Summary = {
      organizations: this.#organizations,
      connections: this.#connections,
      changes: this.#changes,
      severity: this.#severity,
      findings: { ...this.#findings, open: this.#open, resolved: summary.findings.resolved },
      attribution: summary.attribution,
      undone: this.#undone,
      unknownProperties: this.#unknownProperties,
      missedByHints: summary.missedByHints,
    };
    const wrong = differences(flat(summary), flat(counted));
    if (wrong.length > 0) altered(key, `its summary does not match its files: ${wrong.join(", ")}`);
  }

  #addSnapshot(line: JsonObject, organizationId: string, file: EvidenceFile, row: number): LineOrder {
    const { status, enabled_connections: connections } = line;
    if (status !== "observed" && status !== "failed" && status !== "deleted") return malformed(file, row, "$.status");
    if (!isList(connections)) return malformed(file, row, "$.enabled_connections");
    this.#organizations.requested += 1;
    this.#organizations[status] += 1;
    for (const connection of connections) {
      if (!isObject(connection)) return malformed(file, row, "$.enabled_connections");
      if (status !== "observed") return altered(file.key, `line ${row} is ${status}, and has connections`);
      this.#connections += 1;
      if (hasUnknownProperties(connection)) this.#unknownProperties += 1;
    }
    return [organizationId];
  }

  #addChange(line: JsonObject, organizationId: string, file: EvidenceFile, row: number): LineOrder {
    const change = CHANGE_KINDS.find((kind) => kind === line.change);
    const severity = SEVERITIES.find((one) => one === line.severity);
    const { connection_id: connectionId } = line;
    if (change === undefined) return malformed(file, row, "$.change");
    if (severity === undefined) return malformed(file, row, "$.severity");
    if (connectionId !== null && typeof connectionId !== "string") return malformed(file, row, "$.connection_id");
    this.#changes[change] += 1;
    this.#severity[severity] += 1;
    return [organizationId, String(1 + CONNECTION_CHANGES.indexOf(change)), connectionId ?? ""];
  }

  #addFinding(line: JsonObject, organizationId: string, file: EvidenceFile, row: number): LineOrder {
    const { connection_id: connectionId, first_seen: firstSeen, rule, status } = line;
    const severity = SEVERITIES.find((one) => one === line.severity);
    if (typeof rule !== "string") return malformed(file, row, "$.rule");
    if (severity === undefined) return malformed(file, row, "$.severity");
    if (connectionId !== null && typeof connectionId !== "string") return malformed(file, row, "$.connection_id");
    if (!isObject(firstSeen)) return malformed(file, row, "$.first_seen");
    switch (FINDING_STATUSES.find((one) => one === status)) {
      case "open":
        this.#open[severity] += 1;
        if (firstSeen.run_id === this.#manifest.runId) this.#findings.new += 1;
        break;
      case "waived":
        this.#findings.waived += 1;
        break;
      case "not_evaluated":
        this.#findings.notEvaluated += 1;
        break;
      case undefined:
        return malformed(file, row, "$.status");
    }
    return [organizationId, rule, connectionId ?? ""];
  }

  #addOperation(
    { at, effect, log_id: logId, organization_id: organizationId, undone = [] }: JsonObject,
    file: EvidenceFile,
    row: number,
  ): LineOrder {
    if (typeof at !== "string") return malformed(file, row, "$.at");
    if (typeof logId !== "string") return malformed(file, row, "$.log_id");
    if (organizationId !== null && typeof organizationId !== "string") return malformed(file, row, "$.organization_id");
    if (!OPERATION_EFFECTS.some((one) => one === effect)) return malformed(file, row, "$.effect");
    if (!isList(undone)) return malformed(file, row, "$.undone");
    const isUndone = effect === "undone";
    // An operation on a connection of the whole tenant names no single Organization.
    if (organizationId !== null && isUndone !== undone.length > 0)
      return altered(
        file.key,
        `line ${row} is ${effect}, and ${isUndone ? "does not say" : "says"} what came and went`,
      );
    if (isUndone) this.#undone += 1;
    return [at, logId, organizationId ?? ""];
  }
}

/**
 * What lines are sorted by. Changes of the Organization itself come first, then those of connections, in the order of
 * `CONNECTION_CHANGES`.
 */
type LineOrder = readonly string[];
const CONNECTION_CHANGES: readonly ChangeKind[] = ["connection_disabled", "connection_enabled", "connection_updated"];

function compareOrder(left: LineOrder, right: LineOrder): number {
  return left.reduce((order, text, index) => order || compareText(text, right[index] ?? ""), 0);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function malformed({ key }: EvidenceFile, row: number, path: string): never {
  throw new EvidenceError("malformed", `${key}, line ${row}: ${path} does not match the evidence format.`);
}

function flat(summary: Summary): Record<string, number> {
  const { organizations, connections, changes, severity, findings, undone, unknownProperties } = summary;
  return {
    ...organizations,
    connections,
    ...changes,
    ...severity,
    unknown_properties: unknownProperties,
    ...Object.fromEntries(Object.entries(findings.open).map(([name, count]) => [`open findings, ${name}`, count])),
    "waived findings": findings.waived,
    "findings not evaluated": findings.notEvaluated,
    "new findings": findings.new,
    undone,
  };
}

function differences(recorded: Record<string, number>, counted: Record<string, number>): readonly string[] {
  return Object.keys(counted)
    .filter((name) => recorded[name] !== counted[name])
    .map((name) => `${name} ${recorded[name]} recorded, ${counted[name]} counted`);
}
