import { changeShape, findingShape, operationShape, snapshotShape } from "../lambda/evidence/format/lines.ts";
import { MANIFEST_COLUMNS } from "../lambda/evidence/format/manifest.ts";

const { tenant: _partition, ...manifests }: Readonly<Record<string, string>> = MANIFEST_COLUMNS;

/** Each table is named for the prefix of its objects. */
export const TABLES = ["snapshots", "changes", "findings", "operations", "manifests"] as const;
export type Table = (typeof TABLES)[number];

/**
 * Name and type of every column, by table, as Athena reads the evidence with the OpenX JSON SerDe. `tenant` and `dt` are
 * partition columns; a manifest's own `tenant` equals its partition.
 */
export const TABLE_COLUMNS: Readonly<Record<Table, Readonly<Record<string, string>>>> = {
  snapshots: snapshotShape.columns,
  changes: changeShape.columns,
  findings: findingShape.columns,
  operations: operationShape.columns,
  manifests,
};
