import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Template } from "aws-cdk-lib/assertions";
import { READY_QUERIES } from "../../infra/named-queries.ts";
import { TABLE_COLUMNS, TABLES, type Table } from "../../infra/table-columns.ts";
import { KEY_PREFIX, SCOPE } from "../../lambda/contract.ts";
import { demoPolicyText } from "../../lambda/demo/policy.ts";
import { demoChanges, demoOrganizations, UNREADABLE } from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { encodeOperation } from "../../lambda/evidence/format/lines.ts";
import { collect } from "../../lambda/streams/collect.ts";
import { auditDay, TENANT } from "../support/audit-harness.ts";
import { AT_1, connectionId, organizationId, RUN_1 } from "../support/builders.ts";
import { on, status } from "../support/demo-faults.ts";
import { misfits, parseHiveType, pathsOf } from "../support/hive-type.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { only, synthesize } from "./support.ts";

const NEW_ID = "org_NewAndUnreadable";
const POLICY = { source: "file", text: demoPolicyText(Date.UTC(2026, 2, 3)) } as const;
/** Has every key of a request and of an actor, which the demo's operations do not have. */
const OPERATION: Operation = {
  runId: RUN_1,
  logId: "90020260303",
  at: AT_1,
  type: "sapi",
  method: "PATCH",
  path: "/api/v2/organizations/org_1/enabled_connections/con_1",
  organizationId: organizationId("1"),
  connectionId: connectionId("1"),
  statusCode: 200,
  requested: {
    assign_membership_on_login: true,
    show_as_button: true,
    is_signup_enabled: false,
    is_enabled: true,
    organization_access_level: "full",
    name: "acme",
    display_name: "Acme",
  },
  actor: { kind: "user", id: "auth0|1", name: "A person", email: "person@acme.example" },
  clientId: "client",
  clientName: "Dashboard",
  ip: "192.0.2.1",
  userAgent: "browser",
  channel: "https://manage.auth0.com/",
  effect: "change",
  undone: [],
};
/** What no run of this test has: a run that nothing disturbs warns of nothing and reads whole logs, and none follows hints. */
const UNFILLED: Readonly<Partial<Record<Table, RegExp>>> = {
  manifests: /^(warnings\[\]|updates|logs\.because|summary\.missed_by_hints)/,
  operations: /^(requested\.enabled_connections$|undone\[\]\.change\.properties\[\])/,
};

/** Athena reads a list in a column of text as JSON. */
const LIST_AS_TEXT = "requested.enabled_connections: no scalar";

describe("the tables over the evidence", () => {
  let template: Template;
  let tenant: DemoTenant;
  let store: MemoryEvidenceStore;
  /** The parsed lines of every object under a table's prefix, as Athena would read them. */
  const rows = new Map<Table, readonly Readonly<Record<string, unknown>>[]>();

  beforeAll(async () => {
    template = synthesize({ tenants: [{ domain: "acme.eu.auth0.com" }, { domain: "globex.us.auth0.com" }] });
    store = memoryEvidenceStore();
    tenant = await startDemoTenant({
      organizations: demoOrganizations(),
      bucket: { kind: "drip", limit: 10_000, perSecond: 10_000 },
      scopes: [SCOPE.connections, SCOPE.organizations, SCOPE.logs],
    });
    await auditDay(0, store, tenant, { policy: POLICY });
    // Changes of every kind, one Organization that fails, one that is new and fails; then a run that fails.
    demoChanges(tenant);
    tenant.organizations.set(NEW_ID, { id: NEW_ID, name: "new", displayName: "New", connections: [] });
    const unreadable = [...tenant.organizations.values()].filter(({ displayName }) => displayName === UNREADABLE);
    const refused = status(400);
    tenant.fault = (request) =>
      [NEW_ID, ...unreadable.map(({ id }) => id)].some((id) => on("connections", refused, id)(request));
    await auditDay(1, store, tenant, { policy: POLICY });
    tenant.fault = on("organizations", status(400));
    await auditDay(2, store, tenant, { policy: POLICY });
    for (const table of TABLES) rows.set(table, await parsed(table));
    rows.set("operations", [...(rows.get("operations") ?? []), JSON.parse(encodeOperation(OPERATION))]);
  });
  afterAll(() => tenant.close());

  async function parsed(table: Table): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const lines: string[] = [];
    for await (const key of store.list(KEY_PREFIX[table]))
      lines.push(...(await text(key)).split("\n").filter((line) => line !== ""));
    return lines.map((line) => Object.fromEntries(Object.entries(JSON.parse(line))));
  }
  async function text(key: Parameters<MemoryEvidenceStore["read"]>[0]): Promise<string> {
    const object = await store.read(key);
    if (object === null) throw new RangeError(`${key} is not there.`);
    const body = await collect(object.body);
    return (key.endsWith(".gz") ? gunzipSync(body) : Buffer.from(body)).toString();
  }
  const tableNamed = (name: Table) =>
    only(
      Object.values(template.findResources("AWS::Glue::Table")).filter(
        ({ Properties }) => Properties.TableInput.Name === name,
      ),
    ).Properties.TableInput;
  const columnsOf = (name: Table) => {
    const columns: readonly { Name: string; Type: string }[] = tableNamed(name).StorageDescriptor.Columns;
    return new Map(columns.map(({ Name, Type }) => [Name, parseHiveType(Type)]));
  };

  it.each(TABLES)("%s: every key has a column, and every value its type", (name) => {
    const columns = columnsOf(name);
    const lines = rows.get(name) ?? [];
    expect(lines).not.toEqual([]);
    const wrong = lines.flatMap((line) =>
      Object.entries(line).flatMap(([key, value]) => {
        const type = columns.get(key);
        if (type !== undefined) return misfits(type, value, key, new Set());
        // The partition column has the same value.
        return key === "tenant" && value === TENANT ? [] : [`${key}: no column`];
      }),
    );
    expect([...new Set(wrong)].filter((problem) => problem !== LIST_AS_TEXT)).toEqual([]);
  });

  it.each(TABLES)("%s: every column is filled by real evidence", (name) => {
    const seen = new Set<string>();
    const columns = columnsOf(name);
    for (const line of rows.get(name) ?? [])
      for (const [key, value] of Object.entries(line)) {
        const type = columns.get(key);
        if (type !== undefined) misfits(type, value, key, seen);
      }
    const declared = [...columns].flatMap(([key, type]) => pathsOf(type, key));
    const unfilled = declared.filter((path) => !seen.has(path));
    expect(unfilled.filter((path) => !UNFILLED[name]?.test(path))).toEqual([]);
  });

  it("have the locations of the keys, and compute their partitions", () => {
    for (const name of TABLES) {
      const prefix = `v1/${name}/`;
      const { Parameters, PartitionKeys, StorageDescriptor } = tableNamed(name);
      expect(JSON.stringify(StorageDescriptor.Location)).toContain(`/${prefix}"`);
      expect(JSON.stringify(Parameters["storage.location.template"])).toContain(
        `/${prefix}tenant=\${tenant}/dt=\${dt}/`,
      );
      expect(PartitionKeys).toEqual([
        { Name: "tenant", Type: "string" },
        { Name: "dt", Type: "string" },
      ]);
      expect(Parameters).toMatchObject({
        "projection.enabled": "true",
        "projection.tenant.type": "enum",
        "projection.tenant.values": "acme.eu.auth0.com,globex.us.auth0.com",
        "projection.dt.type": "date",
        "projection.dt.format": "yyyy-MM-dd",
      });
    }
    for (const key of store.objects.keys())
      if (TABLES.some((name) => key.startsWith(`v1/${name}/`)))
        expect(key).toMatch(/^v1\/[a-z]+\/tenant=[^/]+\/dt=\d{4}-\d\d-\d\d\//);
  });

  it("answer questions about a tenant and days, from committed runs alone", () => {
    const queries = Object.values(template.findResources("AWS::Athena::NamedQuery")).map(
      ({ Properties }) => Properties,
    );
    expect(queries.map(({ Name }) => Name)).toEqual([
      "connections-on-a-date",
      "changes-between-dates",
      "organizations-not-read",
      "open-findings-by-age",
      "state-at-a-time",
      "who-changed-what",
      "opened-and-closed",
    ]);
    for (const { QueryString } of queries) {
      expect(QueryString).toMatch(
        /JOIN manifests m ON m\.tenant = (\w)\.tenant AND m\.dt = \1\.dt AND m\.run_id = \1\.run_id/,
      );
      expect(QueryString).toMatch(/AND any_match\(m\.files, f -> ([scfp])\."\$path" LIKE '%\/' \|\| f\.key\)/);
      expect(QueryString).toMatch(/\b[scfp]\.tenant = \?/);
      expect(QueryString).toMatch(/\b[scfp]\.dt (<= \?|BETWEEN \? AND \?|>= date_format)/);
    }
  });

  it("names in its queries only columns that the tables have", () => {
    const tables = {
      s: "snapshots",
      o: "snapshots",
      c: "changes",
      f: "findings",
      p: "operations",
      m: "manifests",
    } as const;
    for (const { Properties } of Object.values(template.findResources("AWS::Athena::NamedQuery"))) {
      const sql: string = Properties.QueryString;
      for (const [, alias = "", column = ""] of sql.matchAll(/\b([socfpm])\."?([a-z_]+)"?/g)) {
        // In a lambda, c is a connection, f is a file, and p is a property.
        if ((alias === "c" || alias === "f" || alias === "p") && !sql.includes(`FROM ${tables[alias]} ${alias}`))
          continue;
        if (alias === "f" && column === "key") continue;
        const known = Object.entries(tables).find(([name]) => name === alias)?.[1];
        const partition = ["tenant", "dt", "age"];
        if (known !== undefined && !partition.includes(column))
          expect(Object.keys(TABLE_COLUMNS[known])).toContain(column);
      }
    }
  });

  it("takes a connection apart into the fields that it is declared with", () => {
    const declared = columnsOf("snapshots").get("enabled_connections");
    if (declared?.kind !== "array" || declared.of.kind !== "struct") throw new TypeError("It is a list of structs.");
    const unnested = READY_QUERIES.flatMap(({ sql }) =>
      [...sql.matchAll(/AS e \(([^)]+)\)/g)].map(([, names]) => names),
    );
    expect(unnested).toEqual([[...declared.of.fields.keys()].join(", ")]);
  });

  it("takes apart what was undone as it is declared, and names only columns that changes have", () => {
    const declared = columnsOf("operations").get("undone");
    if (declared?.kind !== "array" || declared.of.kind !== "struct") throw new TypeError("It is a list of structs.");
    const change = declared.of.fields.get("change");
    if (change?.kind !== "struct") throw new TypeError("It is a struct.");
    const sql = READY_QUERIES.find(({ name }) => name === "opened-and-closed")?.sql ?? "";
    expect(sql).toContain(`AS u (${[...declared.of.fields.keys()].join(", ")})`);
    const named = [...sql.matchAll(/\bu\.change\."?([a-z_]+)"?/g)].map(([, name]) => name);
    expect(named).toContain("severity");
    for (const name of named) expect([...change.fields.keys()]).toContain(name);
  });

  it("has as many values in each query as its description asks for", () => {
    for (const { description, sql } of READY_QUERIES) {
      const [, parameters = ""] = /Parameters: (.*)\.$/.exec(description) ?? [];
      const asked = parameters.replaceAll(/\([^)]*\)/g, "").split(",").length;
      expect([description, sql.replaceAll(/--.*$/gm, "").split("?").length - 1]).toEqual([description, asked]);
    }
  });

  it("write results of queries beside the access logs, encrypted, for a month", () => {
    template.hasResourceProperties("AWS::Athena::WorkGroup", {
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: "SSE_S3" } },
      },
    });
    const { ResultConfiguration } = only(Object.values(template.findResources("AWS::Athena::WorkGroup"))).Properties
      .WorkGroupConfiguration;
    expect(JSON.stringify(ResultConfiguration.OutputLocation)).toMatch(/EvidenceLogs.*\/athena\//);
  });
});
