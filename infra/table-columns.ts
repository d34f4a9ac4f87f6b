/**
 * The columns of the evidence, as Athena reads them with the OpenX JSON SerDe. Partition columns are `tenant` and `dt`;
 * a manifest's own `tenant` is the partition's.
 */

/** What is declared as string takes any JSON: a property's value may be text, true, false or null. */
const ANY = "string";

const connections =
  "array<struct<connection_id:string,assign_membership_on_login:boolean,show_as_button:boolean,is_signup_enabled:boolean,connection:struct<name:string,strategy:string>>>";
const reference = "struct<run_id:string,key:string,sha256:string>";
const kinds = [
  "connection_enabled",
  "connection_disabled",
  "connection_updated",
  "organization_created",
  "organization_deleted",
  "organization_renamed",
  "scope_added",
  "scope_removed",
];
const counts = (names: readonly string[]) => `struct<${names.map((name) => `${name}:bigint`).join(",")}>`;

const snapshots = {
  run_id: "string",
  organization_id: "string",
  organization_name: "string",
  organization_display_name: "string",
  status: "string",
  observed_at: "string",
  enabled_connections: connections,
  failure: "struct<code:string,http_status:int,message:string,attempts:int>",
  last_observed: `struct<run_id:string,observed_at:string,enabled_connections:${connections},organization_name:string,organization_display_name:string>`,
  first_reading: "string",
};

const changes = {
  run_id: "string",
  organization_id: "string",
  organization_name: "string",
  change: "string",
  connection_id: "string",
  connection_name: "string",
  strategy: "string",
  properties: `array<struct<name:string,previous_value:${ANY},updated_value:${ANY}>>`,
  severity: "string",
  reasons: "array<string>",
  between: "struct<after:string,before:string>",
};

const manifests = {
  format_version: "string",
  run_id: "string",
  domain: "string",
  status: "string",
  scheduled_at: "string",
  started_at: "string",
  completed_at: "string",
  source: "struct<endpoint:string>",
  scope: "struct<kind:string>",
  producer: "struct<name:string,version:string>",
  key: "string",
  files:
    "array<struct<role:string,key:string,rows:bigint,bytes:bigint,sha256:string,first_organization_id:string,last_organization_id:string>>",
  summary: `struct<organizations:${counts(["requested", "observed", "failed", "deleted"])},connections:bigint,changes:${counts(kinds)},severity:${counts(["high", "medium", "low", "info"])},unknown_properties:bigint>`,
  usage:
    "struct<requests:bigint,rate_limited:bigint,retries:bigint,limit:bigint,lowest_remaining:bigint,duration_ms:bigint>",
  error: "struct<code:string,message:string>",
  previous: reference,
  baseline: reference,
  warnings: "array<string>",
};

/** Name and type of every column, by table. */
export const TABLE_COLUMNS = { snapshots, changes, manifests } as const;
