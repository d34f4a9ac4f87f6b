import type { Severity } from "../domain/change.ts";
import type { RunId } from "../domain/identifiers.ts";
import { plain } from "../domain/text.ts";
import type { Manifest } from "../evidence/format/manifest.ts";

/** What every event of the Open Cybersecurity Schema Framework has in common: https://schema.ocsf.io/1.8.0 */
const OCSF_VERSION = "1.8.0";

const SEVERITY: Readonly<Record<Severity, readonly [id: number, name: string]>> = {
  info: [1, "Informational"],
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
};

/** What an event needs of its run. */
export type OcsfRun = Pick<Manifest, "completedAt" | "domain" | "producer" | "tenant">;

export function ocsfSeverity(severity: Severity): object {
  const [id, name] = SEVERITY[severity];
  return { severity_id: id, severity: name };
}

/** `parts` identify the event within its run. */
export function ocsfMetadata({ domain, producer }: OcsfRun, runId: RunId, parts: readonly (string | null)[]): object {
  return {
    version: OCSF_VERSION,
    product: { name: producer.name, version: producer.version },
    uid: [runId, ...parts.map((part) => part ?? "-")].join("/"),
    correlation_uid: runId,
    tenant_uid: domain,
  };
}

/** The attribute `name`, absent when the name is unknown. */
export function named(name: string | null): object {
  return name === null ? {} : { name };
}

/** An event as one line of an .ocsf.ndjson file, with its line feed. */
export function ocsfLine(event: object): string {
  return `${JSON.stringify(event, wellFormed)}\n`;
}

/** Removes control characters, and lone surrogates, which many JSON readers reject. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === "string" ? plain(value) : value;
}
