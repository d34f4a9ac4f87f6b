import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { readSweepLock } from "../audit/lock.ts";
import { makeFolder } from "../disk/files.ts";
import { ConfigurationError } from "../domain/errors.ts";
import type { Tenant } from "../domain/identifiers.ts";
import { ALWAYS } from "../domain/time.ts";
import { reportKey } from "../evidence/format/keys.ts";
import { historyOf, stateIn } from "../evidence/query/answers.ts";
import { diffRuns } from "../evidence/query/difference.ts";
import { findOrganization } from "../evidence/query/find-organization.ts";
import { findRun, tenantsIn } from "../evidence/query/runs.ts";
import { SIGNATURE_KEY_TYPES, signatureCheck } from "../evidence/signing/check.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import type { Finding } from "../evidence/verify/finding.ts";
import { verifyTenant } from "../evidence/verify/verify.ts";
import { changeList } from "../report/change-list.ts";
import { historyJson, historyLines } from "../report/history-text.ts";
import { publish } from "../report/publish.ts";
import { standingJson, standingLines } from "../report/state-text.ts";
import { findingLine, type VerifiedTenant, verificationJson, verificationLines } from "../report/verification-text.ts";
import type { EvidenceCommand } from "./evidence-options.ts";

type Asked<Kind extends EvidenceCommand["kind"]> = Extract<EvidenceCommand, { readonly kind: Kind }>;
type Where = Pick<Asked<"diff">, "in" | "tenant">;

/** Puts text out; resolves when more may come. */
export type Write = (text: string) => Promise<void>;

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}

/** Answers whether everything is valid. */
export async function verify(store: EvidenceReader, asked: Asked<"verify">, write: Write): Promise<boolean> {
  const { anchors, json, range } = asked;
  const tenants = asked.tenant === null ? await tenantsIn(store) : [asked.tenant];
  const isSignature = asked.publicKey === null ? null : signatureCheck(publicKeyIn(asked.publicKey));
  const verified: VerifiedTenant[] = [];
  for (const tenant of tenants) {
    const findings: Finding[] = [];
    const onFinding = (finding: Finding) => findings.push(finding);
    const found = await verifyTenant(store, {
      tenant,
      range,
      isSignature,
      anchors,
      notedHead: (await readSweepLock(store, tenant)).head,
      onFinding,
    });
    verified.push({ ...found, findings });
    const isAnything = found.runs > 0 || found.unnamedParts > 0 || findings.length > 0;
    if (!json && isAnything)
      await write(lines([...findings.map(findingLine), ...verificationLines({ ...found, findings })]));
  }
  const isValid = verified.every(({ findings }) => findings.length === 0);
  if (isValid && verified.every(({ runs }) => runs === 0)) throw nothingIn(store, asked.tenant);
  if (json) await write(verificationJson(verified));
  return isValid;
}

function publicKeyIn(file: string) {
  try {
    const content = readFileSync(file);
    const isPem = content.includes("-----BEGIN ");
    const key = createPublicKey(isPem ? content : { key: content, format: "der", type: "spki" });
    if (SIGNATURE_KEY_TYPES.some((type) => type === key.asymmetricKeyType)) return key;
  } catch (cause) {
    throw new ConfigurationError(`--public-key: ${JSON.stringify(file)} is no public key that can be read.`, { cause });
  }
  throw new ConfigurationError(`--public-key: ${JSON.stringify(file)} is neither an EC nor an RSA key.`);
}

export async function diff(store: EvidenceReader, asked: Asked<"diff">, write: Write): Promise<void> {
  const tenant = await onlyTenant(store, asked);
  const from = await findRun(store, tenant, asked.from, "--from");
  const to = await findRun(store, tenant, asked.to, "--to");
  if (from.runId > to.runId)
    throw new ConfigurationError(`--to: run ${to.runId} is before run ${from.runId} of --from; swap them.`);
  const list = changeList(asked.format, { from, to });
  await write(list.start());
  let total = 0;
  for await (const change of diffRuns(store, from, to)) await write(list.row(change, total++));
  await write(list.end(total));
}

export async function history(store: EvidenceReader, asked: Asked<"history">, write: Write): Promise<void> {
  const { connection, json, organization, range } = asked;
  const tenant = await onlyTenant(store, asked);
  const id = await findOrganization(store, tenant, organization, range);
  const told = await historyOf(store, tenant, id, range, connection);
  if (told.runs === 0)
    throw new ConfigurationError(`--organization: ${id} is in no run of ${tenant} in that time, in ${store.location}.`);
  await write(json ? historyJson(told) : lines(historyLines(told)));
}

export async function show(store: EvidenceReader, asked: Asked<"show">, write: Write): Promise<void> {
  const tenant = await onlyTenant(store, asked);
  const manifest = await findRun(store, tenant, asked.at, "--at");
  const upTo = { ...ALWAYS, toMs: asked.at.kind === "until" ? asked.at.instantMs : Date.parse(manifest.startedAt) };
  const id = await findOrganization(store, tenant, asked.organization, upTo);
  const standing = await stateIn(store, manifest, id);
  await write(asked.json ? standingJson(id, standing) : lines(standingLines(id, standing)));
}

/** Renders a run's reports into a folder, or prints one. */
export async function report(store: EvidenceReader, asked: Asked<"report">, write: Write): Promise<void> {
  const tenant = await onlyTenant(store, asked);
  if (asked.out !== null) refuseInside(asked.in, asked.out);
  const { key, runId } = await findRun(store, tenant, asked.run, "--run");
  const ofRun = reportKey(tenant, runId, "");
  const isPrinted = (name: string) => name.endsWith(`.${asked.format}`);
  const replace: EvidenceStore["replace"] = async (target, body) => {
    // The index is of all runs: it is no report of this one.
    if (!target.startsWith(ofRun)) return "";
    const name = basename(target);
    if (asked.out === null) {
      if (isPrinted(name)) await write(Buffer.from(body).toString());
      return "";
    }
    await makeFolder(asked.out);
    await writeFile(join(asked.out, name), body);
    await write(`${join(asked.out, name)}\n`);
    return "";
  };
  const create: EvidenceStore["create"] = async (target) => {
    throw new TypeError(`${target}: a report creates no evidence.`);
  };
  await publish({ ...store, create, replace }, key);
}

/** Reports in the evidence's own folder would be taken for those that the run made. */
function refuseInside(evidence: string, out: string): void {
  if (evidence.startsWith("s3://")) return;
  const path = relative(resolve(evidence), resolve(out));
  if (!path.startsWith("..") && resolve(path) !== path)
    throw new ConfigurationError(`--out: ${JSON.stringify(out)} is inside the evidence; name another folder.`);
}

async function onlyTenant(store: EvidenceReader, { tenant }: Where): Promise<Tenant> {
  if (tenant !== null) return tenant;
  const [only, ...others] = await tenantsIn(store);
  if (only === undefined) throw nothingIn(store, null);
  if (others.length > 0)
    throw new ConfigurationError(`--tenant: the evidence is of several, name one: ${[only, ...others].join(", ")}.`);
  return only;
}

function nothingIn({ location }: EvidenceReader, tenant: Tenant | null): ConfigurationError {
  const whose = tenant === null ? "" : ` of ${tenant}`;
  return new ConfigurationError(
    `--in: there is no evidence${whose} to read in ${location}; name the folder or bucket that holds v1/.`,
  );
}
