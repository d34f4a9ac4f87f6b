import type { Finding } from "../domain/finding.ts";
import type { OrganizationSnapshot } from "../domain/snapshot.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { findingsOf, snapshotOf } from "../evidence/query/run-lines.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { mergeById } from "../streams/merge.ts";

/** A line of a run's snapshot, or a finding about the Organization of the line before it. */
export type JudgedLine =
  | { readonly snapshot: OrganizationSnapshot }
  | {
      readonly finding: Finding;
      /** Null when it is unknown. */
      readonly displayName: string | null;
    };

/** A run's snapshot with its findings, each after the line of its Organization. Throws `EvidenceError`. */
export async function* judgedLines(store: EvidenceReader, run: Pick<Manifest, "files">): AsyncGenerator<JudgedLine> {
  let last: OrganizationSnapshot | null = null;
  const lines: readonly AsyncIterable<OrganizationSnapshot | Finding>[] = [
    snapshotOf(store, run),
    findingsOf(store, run),
  ];
  for await (const line of mergeById(lines)) {
    if ("rule" in line) {
      const about = last?.organizationId === line.organizationId ? last : null;
      yield { finding: line, displayName: about?.organizationDisplayName ?? null };
    } else {
      last = line;
      yield { snapshot: line };
    }
  }
}
