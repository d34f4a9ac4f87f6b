import { ConfigurationError } from "./errors.ts";
import type { Domain, Tenant } from "./identifiers.ts";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DOMAIN = new RegExp(`^(?:${LABEL})(?:\\.${LABEL})*(?::([0-9]{1,5}))?$`);
const HIGHEST_PORT = 65_535;

/**
 * Parses a tenant's domain: a host, optionally with a port. Upper case is accepted, and so is an address without a path,
 * as a browser copies it (`https://acme.eu.auth0.com/`). Throws `ConfigurationError` that names `option`.
 */
export function parseDomain(text: string, option: string): Domain {
  const domain = text
    .trim()
    .toLowerCase()
    .replace(/^https:\/\//, "")
    .replace(/\/$/, "");
  if (domain.includes("://")) throw refuse(option, text, "it is always reached over https; leave out the scheme");
  if (/[/?#@]/.test(domain)) throw refuse(option, text, "leave out everything but the host");
  const match = DOMAIN.exec(domain);
  if (match === null || domain.length > 253) throw refuse(option, text, "it is no host name");
  const port = match[1];
  if (port !== undefined && (Number(port) === 0 || Number(port) > HIGHEST_PORT))
    throw refuse(option, text, `the port must be 1 to ${HIGHEST_PORT}`);
  return domain as Domain;
}

function refuse(option: string, text: string, what: string): ConfigurationError {
  return new ConfigurationError(
    `${option}: ${JSON.stringify(text)} is not a tenant's domain such as acme.eu.auth0.com: ${what}.`,
  );
}

/** The tenant's name in object keys, which cannot hold a colon. */
export function tenantOf(domain: Domain): Tenant {
  return domain.replace(":", "_") as Tenant;
}
