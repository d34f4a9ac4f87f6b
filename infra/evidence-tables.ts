import { Aws, Stack } from "aws-cdk-lib";
import { CfnNamedQuery, CfnWorkGroup } from "aws-cdk-lib/aws-athena";
import { CfnDatabase, CfnTable } from "aws-cdk-lib/aws-glue";
import { Construct } from "constructs";
import { KEY_PREFIX, PRODUCT } from "../lambda/contract.ts";
import type { EvidenceBucket } from "./evidence-bucket.ts";
import { QUERY_RESULT_PREFIX } from "./evidence-lifecycle.ts";
import { READY_QUERIES } from "./named-queries.ts";
import { TABLE_COLUMNS, TABLES } from "./table-columns.ts";

/** The first day that can have evidence. */
const FIRST_DAY = "2026-01-01";
const SERDE = "org.openx.data.jsonserde.JsonSerDe";

/**
 * The evidence as Athena tables. Partition projection computes the partitions from the keys, so no crawler is needed
 * (https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html).
 */
export class EvidenceTables extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { evidence, tenants }: { readonly evidence: EvidenceBucket; readonly tenants: readonly string[] },
  ) {
    super(scope, id);
    const stack = Stack.of(this);
    const database = new CfnDatabase(this, "Database", {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: {
        name: stack.stackName.toLowerCase().replace(/[^a-z0-9]+/g, "_"),
        description: "The connections that Organizations of Auth0 tenants have enabled, their changes, and findings.",
      },
    });
    const workGroup = new CfnWorkGroup(this, "WorkGroup", {
      name: stack.stackName,
      description: `Queries on the evidence of ${PRODUCT}.`,
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: false,
        resultConfiguration: {
          outputLocation: evidence.logs.s3UrlForObject(QUERY_RESULT_PREFIX),
          encryptionConfiguration: { encryptionOption: "SSE_S3" },
        },
      },
    });
    for (const name of TABLES) {
      const location = evidence.bucket.s3UrlForObject(KEY_PREFIX[name]);
      new CfnTable(this, name, {
        catalogId: Aws.ACCOUNT_ID,
        databaseName: database.ref,
        tableInput: {
          name,
          tableType: "EXTERNAL_TABLE",
          partitionKeys: [
            { name: "tenant", type: "string" },
            { name: "dt", type: "string" },
          ],
          parameters: {
            classification: "json",
            "projection.enabled": "true",
            "projection.tenant.type": "enum",
            "projection.tenant.values": tenants.join(","),
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": `${FIRST_DAY},NOW`,
            "projection.dt.interval": "1",
            "projection.dt.interval.unit": "DAYS",
            "storage.location.template": `${location}tenant=\${tenant}/dt=\${dt}/`,
          },
          storageDescriptor: {
            location,
            inputFormat: "org.apache.hadoop.mapred.TextInputFormat",
            outputFormat: "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            serdeInfo: { serializationLibrary: SERDE, parameters: { "ignore.malformed.json": "false" } },
            columns: Object.entries(TABLE_COLUMNS[name]).map(([column, type]) => ({ name: column, type })),
          },
        },
      });
    }
    for (const { name, description, sql } of READY_QUERIES)
      new CfnNamedQuery(this, name, {
        name,
        description,
        database: database.ref,
        workGroup: workGroup.name,
        queryString: sql,
      }).addResourceDependency(workGroup);
  }
}
