import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey } from "../domain/identifiers.ts";
import { sha256 } from "../evidence/format/digest.ts";
import { signatureKey } from "../evidence/format/keys.ts";
import { decodeChange, decodeFinding } from "../evidence/format/lines.ts";
import type { Manifest, PolicyReference } from "../evidence/format/manifest.ts";
import { readManifest } from "../evidence/store/manifests.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import { changeList } from "../report/change-list.ts";
import { findingList } from "../report/finding-list.ts";
import type { ListFrame } from "../report/list.ts";
import { collect } from "../streams/collect.ts";
import { CHECK_SCRIPT } from "./check-script.ts";
import type { Gathered, StoredLine } from "./gather.ts";
import { readme } from "./readme.ts";
import { statement } from "./statement.ts";
import { runStates, statesCsv } from "./states.ts";
import type { ZipEntry } from "./zip.ts";

/** The folder in the archive, so that it unpacks into one. */
export const FOLDER = "evidence-request";

export interface PackageOptions {
  readonly tenant: Manifest["tenant"];
  /** Whether whole parts are packed, which have lines about other Organizations. */
  readonly withParts: boolean;
}

/**
 * The files of an evidence request, the last one with the SHA-256 of all others. One of them is in memory besides the
 * Organization's own lines. The same evidence gives the same bytes. Throws `EvidenceError`, `EvidenceStoreError`.
 */
export async function* packageFiles(
  store: EvidenceReader,
  gathered: Gathered,
  options: PackageOptions,
): AsyncGenerator<ZipEntry> {
  const sums: string[] = [];
  for await (const entry of files(store, gathered, options)) {
    sums.push(`${sha256(entry.body)}  ${entry.name}\n`);
    yield { ...entry, name: `${FOLDER}/${entry.name}` };
  }
  yield { name: `${FOLDER}/SHA256SUMS`, body: Buffer.from(sums.join("")) };
}

async function* files(
  store: EvidenceReader,
  gathered: Gathered,
  { tenant, withParts }: PackageOptions,
): AsyncGenerator<ZipEntry> {
  const { runs } = gathered;
  const states = runStates(gathered);
  const signatures = await signaturesOf(store, gathered);
  const text = (name: string, content: string) => ({ name, body: Buffer.from(content) });
  const policies = policiesOf(gathered, withParts);
  const described = {
    gathered,
    tenant,
    states,
    hasParts: withParts,
    hasSignatures: signatures.length > 0,
    hasPolicies: policies.length > 0,
  };
  yield text("README.md", readme(described));
  yield { ...text("check.sh", CHECK_SCRIPT), isExecutable: true };
  yield text("statement.json", statement(gathered, tenant, withParts));
  const all = (role: keyof (typeof runs)[number]["lines"]) => runs.flatMap(({ lines }) => lines[role]);
  yield text("states.ndjson", stored(all("snapshot")));
  yield text("states.csv", statesCsv(states));
  yield text("changes.ndjson", stored(all("changes")));
  const frame = frameOf(tenant);
  yield text(
    "changes.csv",
    rendered(
      changeList("csv", frame),
      all("changes").map(({ key, text: line }) => decodeChange(line, key)),
    ),
  );
  yield text("findings.ndjson", stored(all("findings")));
  yield text(
    "findings.csv",
    rendered(
      findingList("csv", frame),
      all("findings").map(({ key, text: line }) => decodeFinding(line, key)),
    ),
  );
  if (all("operations").length > 0) yield text("operations.ndjson", stored(all("operations")));
  for (const { manifest, sha256: digest } of runs) {
    const read = await readManifest(store, manifest.key);
    if (read === null || read.reference.sha256 !== digest)
      throw new EvidenceError("altered", `${manifest.key}: it was replaced while it was packed.`);
    yield { name: `manifests/${manifest.runId}.json`, body: read.bytes };
  }
  for (const { body, runId } of signatures) yield { name: `signatures/${runId}.json.sig`, body };
  for (const { key, sha256: digest } of policies)
    yield { name: `policies/${digest}.json`, body: await read(store, key) };
  if (!withParts) return;
  for (const { parts } of runs)
    for (const { key } of parts) yield { name: `parts/${key}`, body: await read(store, key) };
}

/** The policies of the runs. The owner's own has waivers, which can name other Organizations: it is packed like parts. */
function policiesOf({ runs }: Gathered, withParts: boolean): readonly PolicyReference[] {
  const all = new Map(runs.flatMap(({ manifest: { policy } }) => (policy === null ? [] : [[policy.key, policy]])));
  return [...all.values()].filter(({ source }) => withParts || source === "built-in");
}

async function signaturesOf(store: EvidenceReader, { runs }: Gathered) {
  const found: { readonly runId: string; readonly body: Uint8Array }[] = [];
  for (const { manifest } of runs) {
    const object = await store.read(signatureKey(manifest.key));
    if (object !== null) found.push({ runId: manifest.runId, body: await collect(object.body) });
  }
  return found;
}

async function read(store: EvidenceReader, key: ObjectKey): Promise<Uint8Array> {
  const object = await store.read(key);
  if (object === null) throw new EvidenceError("missing", `${key}: the object does not exist.`);
  return collect(object.body);
}

function stored(lines: readonly StoredLine[]): string {
  return lines.map(({ text }) => `${text}\n`).join("");
}

interface Rows<Item> {
  start(): string;
  row(item: Item, index: number): string;
  end(total: number): string;
}

function rendered<Item>(list: Rows<Item>, items: readonly Item[]): string {
  return list.start() + items.map((item, index) => list.row(item, index)).join("") + list.end(items.length);
}

function frameOf(tenant: Manifest["tenant"]): ListFrame {
  return { tenant, heading: "", notes: () => [], json: { before: "", after: () => "" } };
}
