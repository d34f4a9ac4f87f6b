import { changeShape, snapshotShape } from "../lambda/evidence/format/lines.ts";
import { MANIFEST_COLUMNS } from "../lambda/evidence/format/manifest.ts";

const { tenant: _partition, ...manifests }: Readonly<Record<string, string>> = MANIFEST_COLUMNS;

/**
 * Name and type of every column, by table, as Athena reads the evidence with the OpenX JSON SerDe. `tenant` and `dt` are
 * partition columns; a manifest's own `tenant` equals its partition.
 */
export const TABLE_COLUMNS: Readonly<Record<"snapshots" | "changes" | "manifests", Readonly<Record<string, string>>>> =
  { snapshots: snapshotShape.columns, changes: changeShape.columns, manifests };
