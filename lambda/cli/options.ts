import { readFileSync } from "node:fs";
import { RESERVE } from "../contract.ts";
import { ConfigurationError } from "../domain/errors.ts";
import type { Domain, OrganizationId, Tenant } from "../domain/identifiers.ts";
import { parseOrganizationFile, parseOrganizationIds } from "../domain/organization-ids.ts";
import { parseDomain, tenantOf } from "../domain/tenant.ts";
import { parseS3Location } from "../evidence/store/location.ts";
import { type Policy, parsePolicy } from "../findings/policy.ts";

/** Parsers of option values. Each throws `ConfigurationError`, one line that names the option. */

/** Where evidence is: a folder's path, `s3://bucket` or `s3://bucket/prefix`. */
export function location(option: "--in" | "--out"): (text: string) => string {
  return (text) => {
    if (text.trim() === "") throw new ConfigurationError(`${option}: it is empty; name a folder, or s3://bucket.`);
    if (!isUrl(text)) return text;
    const s3 = text.startsWith("s3://") ? parseS3Location(text) : null;
    if (s3 === null)
      throw new ConfigurationError(
        `${option}: ${JSON.stringify(text)} is neither a folder nor s3://bucket or s3://bucket/prefix.`,
      );
    return `s3://${s3.bucket}/${s3.prefix}`.replace(/\/$/, "");
  };
}

/** `--out` of a report: a folder's path. */
export function folder(text: string): string {
  if (text.trim() === "") throw new ConfigurationError("--out: it is empty; name a folder.");
  if (isUrl(text)) throw new ConfigurationError(`--out: ${JSON.stringify(text)} is not a folder.`);
  return text;
}

function isUrl(text: string): boolean {
  return /^[a-z0-9]+:\/\//i.test(text);
}

/** `--domain` */
export function domain(text: string): Domain {
  return parseDomain(text, "--domain");
}

/** `--tenant`, as a domain or as object keys name it: `localhost:8443` or `localhost_8443`. */
export function tenant(text: string): Tenant {
  return tenantOf(parseDomain(text.replace(/_(\d+)$/, ":$1"), "--tenant"));
}

/** `--organizations`: `all`, IDs, or `@FILE`. */
export function organizations(text: string): "all" | readonly OrganizationId[] {
  if (text === "all") return "all";
  if (!text.startsWith("@")) return parseOrganizationIds(text, "--organizations");
  const file = text.slice(1);
  return parseOrganizationFile(contentOf(file, "--organizations"), file);
}

/** A file with a policy that can judge. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string;
  readonly policy: Policy;
}

/** `--policy` */
export function policyFile(name: string): PolicyFile {
  const text = contentOf(name, "--policy");
  return { name, text, policy: parsePolicy(text, `--policy: ${name}`) };
}

function contentOf(file: string, option: "--organizations" | "--policy"): string {
  const bytes = bytesOf(file, option);
  try {
    // A file is kept as its owner wrote it, byte for byte: what is no text cannot be.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigurationError(`${option}: the file ${JSON.stringify(file)} is not UTF-8 text.`, { cause });
  }
}

function bytesOf(file: string, option: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ConfigurationError(`${option}: the file ${JSON.stringify(file)} cannot be read.`, { cause });
  }
}

/** `--reserve` */
export function reserve(text: string): number {
  const share = text.trim() === "" ? Number.NaN : Number(text);
  if (share >= RESERVE.lowest && share <= RESERVE.highest) return share;
  throw new ConfigurationError(
    `--reserve: ${JSON.stringify(text)} is not a number from ${RESERVE.lowest} to ${RESERVE.highest}.`,
  );
}
