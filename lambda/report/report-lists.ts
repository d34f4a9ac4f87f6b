import type { Change } from "../domain/change.ts";
import type { Finding } from "../domain/finding.ts";
import type { Operation } from "../domain/operation.ts";
import type { OrganizationSnapshot } from "../domain/snapshot.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { describeRule, type Policy } from "../findings/policy.ts";
import { RUN_CHANGES_CSV } from "./changes-csv.ts";
import { ACTION_PLAN_CSV, FINDINGS_CSV, isToPlan } from "./findings-csv.ts";
import { NumberedFiles } from "./numbered-files.ts";
import { ocsfRow, ocsfUndoneRow } from "./ocsf.ts";
import { ocsfFindingRow } from "./ocsf-finding.ts";
import type { Attributed } from "./operation-block.ts";
import { STATE_CSV, stateObject, stateRows } from "./state-rows.ts";

const CSV = "text/csv; charset=utf-8";
const NDJSON = "application/x-ndjson";
/** UTF-16 code units of a file: three files of findings and one of the state are in memory at a time. */
const FINDINGS_CHARACTERS = 2 * 1024 * 1024;

/** Stores a file of a run's reports. */
type Put = (name: string, contentType: string, body: Uint8Array) => Promise<unknown>;

/** The lists of a run's reports that are complete for any tenant, written while its evidence is read. */
export class ReportLists {
  readonly #manifest: Manifest;
  readonly #policy: Policy | null;
  readonly #put: Put;
  readonly #changes: { readonly csv: NumberedFiles; readonly ocsf: NumberedFiles };
  readonly #findings: { readonly csv: NumberedFiles; readonly ocsf: NumberedFiles; readonly plan: NumberedFiles };

  readonly #state: NumberedFiles;

  constructor(manifest: Manifest, policy: Policy | null, put: Put) {
    this.#manifest = manifest;
    this.#policy = policy;
    this.#put = put;
    this.#changes = {
      csv: this.#files("changes.csv", RUN_CHANGES_CSV.header()),
      ocsf: this.#files("changes.ocsf.ndjson"),
    };
    this.#findings = {
      csv: this.#files("findings.csv", FINDINGS_CSV.header(), FINDINGS_CHARACTERS),
      ocsf: this.#files("findings.ocsf.ndjson", "", FINDINGS_CHARACTERS),
      plan: this.#files("action-plan.csv", ACTION_PLAN_CSV.header(), FINDINGS_CHARACTERS),
    };
    this.#state = this.#files("state.csv", STATE_CSV.header(), FINDINGS_CHARACTERS);
  }

  #files(name: string, header = "", fileCharacters?: number): NumberedFiles {
    const contentType = name.endsWith(".csv") ? CSV : NDJSON;
    const put = (numbered: string, body: Uint8Array) => this.#put(numbered, contentType, body);
    return new NumberedFiles({ name, header, put, ...(fileCharacters === undefined ? {} : { fileCharacters }) });
  }

  /** What an operation did and what was undone, before the changes. */
  async addUndone(operation: Operation): Promise<void> {
    for (const undone of operation.undone)
      await this.#changes.ocsf.add(ocsfUndoneRow(undone, operation, this.#manifest));
  }

  /** `who` null: it is not listed. */
  async addChange(change: Change, who: Attributed | null): Promise<void> {
    await this.#changes.csv.add(RUN_CHANGES_CSV.row({ change, tenant: this.#manifest.tenant, who }));
    await this.#changes.ocsf.add(ocsfRow(change, this.#manifest, who));
  }

  async finishChanges(): Promise<void> {
    await this.#changes.csv.finish();
    await this.#changes.ocsf.finish();
  }

  async addFinding({
    finding,
    displayName,
  }: {
    readonly finding: Finding;
    readonly displayName: string | null;
  }): Promise<void> {
    if (this.#policy === null) return;
    const rule = describeRule(this.#policy, finding.rule);
    const { tenant } = this.#manifest;
    await this.#findings.csv.add(FINDINGS_CSV.row({ finding, tenant }));
    await this.#findings.ocsf.add(ocsfFindingRow(finding, rule, this.#manifest));
    if (isToPlan(finding)) await this.#findings.plan.add(ACTION_PLAN_CSV.row({ finding, rule, displayName }));
  }

  async finishFindings(): Promise<void> {
    await this.#findings.csv.finish();
    await this.#findings.ocsf.finish();
    await this.#findings.plan.finish();
  }

  async addState(line: OrganizationSnapshot): Promise<void> {
    for (const row of stateRows(line)) await this.#state.add(STATE_CSV.row(stateObject(row)));
  }

  /** Only when the state is complete. */
  finishState(): Promise<void> {
    return this.#state.finish();
  }
}
