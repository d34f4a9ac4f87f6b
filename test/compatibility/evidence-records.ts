import { gunzipSync } from "node:zlib";

/** Parsed JSON that is an object. */
type JsonRecord = Readonly<Record<string, unknown>>;

/** The objects that are evidence: everything else is derived from them, or is state. */
export function isEvidence(key: string): boolean {
  return /^v1\/(?:snapshots|changes|manifests)\//.test(key);
}

/** A part's key without the word that distinguishes the attempts to write it. */
export function withoutAttempt(key: string): string {
  return key.replace(/(\/part-\d+)(?:-[a-z0-9]+)?(?=\.ndjson\.gz$)/, "$1");
}

/**
 * The lines of a stored object. Throws `SyntaxError` when a line differs in any byte from its canonical JSON: so equal
 * records are equal bytes.
 */
export function parseObject(key: string, body: Uint8Array): readonly JsonRecord[] {
  const content = Buffer.from(key.endsWith(".gz") ? gunzipSync(body) : body);
  const lines = content.toString().split("\n");
  if (lines.pop() !== "") throw new SyntaxError(`${key}: the last line has no line feed.`);
  const records = lines.map((line) => parseRecord(line, key));
  const written = records.map((record) => `${JSON.stringify(record)}\n`).join("");
  if (!content.equals(Buffer.from(written))) throw new SyntaxError(`${key}: it is not canonical JSON.`);
  return records;
}

function parseRecord(line: string, key: string): JsonRecord {
  const record: unknown = JSON.parse(line);
  if (!isRecord(record)) throw new SyntaxError(`${key}: a line is not an object.`);
  return record;
}

/** A line or a manifest without its severity and reasons: minor versions revise these. */
export function factsOf(key: string, record: JsonRecord): JsonRecord {
  if (key.startsWith("v1/snapshots/")) return record;
  if (!key.startsWith("v1/manifests/")) {
    const { severity: _severity, reasons: _reasons, ...facts } = record;
    return facts;
  }
  if (!isRecord(record.summary)) throw new SyntaxError("The manifest has no summary.");
  const { severity: _severity, ...summary } = record.summary;
  if (!Array.isArray(record.files)) throw new SyntaxError("The manifest has no files.");
  // Version 1.1 adds findings.
  const files = record.files.filter((file) => !isRecord(file) || file.role !== "findings");
  return comparableManifest({ ...record, summary, files });
}

/** What follows from the bytes of the parts and from how they are compressed; verification checks it. */
const DERIVED = new Set(["bytes", "sha256", "stored_bytes", "stored_sha256", "content_sha256"]);

/** A manifest without values that change when a minor version adds keys, or when another zlib compresses the parts. */
function comparableManifest(manifest: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(manifest).map(([name, value]) => [name, comparable(name, value)]));
}

function comparable(name: string, value: unknown): unknown {
  if (isList(value)) return value.map((item) => comparable(name, item));
  if (isRecord(value)) return comparableManifest(value);
  if (DERIVED.has(name)) return `(${typeof value})`;
  if (typeof value !== "string") return value;
  if (name === "format_version") return value.replace(/\.\d+$/, ".x");
  return name === "key" ? withoutAttempt(value) : value;
}

/** Values that are Auth0's: no version may add to them. */
const ANSWERED = new Set(["enabled_connections", "previous_value", "updated_value"]);

/** `current` without the keys that a minor version added since `stored`, in its own order. */
export function withoutAdditions(current: unknown, stored: unknown): unknown {
  if (isList(current) && isList(stored)) return current.map((item, index) => withoutAdditions(item, stored[index]));
  if (!isRecord(current) || !isRecord(stored)) return current;
  return Object.fromEntries(
    Object.entries(current)
      .filter(([key]) => Object.hasOwn(stored, key))
      .map(([key, value]) => [key, ANSWERED.has(key) ? value : withoutAdditions(value, stored[key])]),
  );
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !isList(value);
}
