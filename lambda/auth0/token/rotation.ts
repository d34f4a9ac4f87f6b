import { SCOPE } from "../../contract.ts";
import { RunFailure, TokenError } from "../../domain/errors.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import type { ManagementApi } from "../port.ts";
import { scopesOf } from "./claims.ts";
import type { ManagementApiToken, TokenVersions } from "./port.ts";

/** The steps of a rotation, in the order in which Secrets Manager asks for them. */
export const ROTATION_STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
export type RotationStep = (typeof ROTATION_STEPS)[number];

export interface RotationDependencies {
  readonly versions: TokenVersions;
  /** Gets a new token from Auth0; null while the owner has not stored the application's credentials. */
  readonly grant: () => Promise<ManagementApiToken | null>;
  /** The API as that token sees it. */
  readonly managementApi: (token: ManagementApiToken) => ManagementApi;
  /** The scopes that the token must have. */
  readonly requiredScopes: readonly string[];
  readonly now: () => number;
}

/** A valid ID that no Organization has. It shows whether the token may read connections at all. */
const UNUSED_ID = "org_0000000000000000" as OrganizationId;

/**
 * One step of the rotation of the version `version`; a repeated step does no harm
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-lambda-function-overview.html).
 * Throws `TokenError`, which never holds the token.
 */
export async function rotateToken(
  step: RotationStep,
  version: string,
  dependencies: RotationDependencies,
): Promise<void> {
  const { versions } = dependencies;
  const labels = await versions.labels();
  const own = labels.get(version) ?? [];
  if (own.includes("AWSCURRENT")) return;
  if (!own.includes("AWSPENDING"))
    throw new TokenError(
      "unavailable",
      `${versions.where} has no pending version ${version}; start another rotation: aws secretsmanager rotate-secret.`,
    );
  switch (step) {
    case "createSecret":
      return create(version, dependencies);
    case "setSecret":
      // Auth0 accepts a token that it has granted: there is nothing to set.
      return;
    case "testSecret":
      return test(version, dependencies);
    case "finishSecret":
      return finish(version, labels, dependencies);
    default:
      return step satisfies never;
  }
}

async function create(version: string, dependencies: RotationDependencies): Promise<void> {
  const { grant, versions } = dependencies;
  if ((await pendingToken(version, versions)) !== null) return;
  const token = await grant();
  // Before the credentials are stored, no rotation can succeed; the audit reports the missing token.
  if (token === null) return;
  // Before it is put: a version's value cannot be changed, so a useless one would stay for every further attempt.
  refuseUseless(token, dependencies);
  await versions.putPending(version, token);
}

async function test(version: string, dependencies: RotationDependencies): Promise<void> {
  const token = await pendingToken(version, dependencies.versions);
  // Secrets Manager runs this step alone, on a version without a value, when the rotation is set up.
  if (token === null) return;
  try {
    refuseUseless(token, dependencies);
    await readOnce(dependencies.managementApi(token), dependencies.requiredScopes);
  } catch (error) {
    const failure = asTokenError(error);
    if (failure.code !== "unavailable") await dependencies.versions.discard(version);
    throw failure;
  }
}

async function finish(
  version: string,
  labels: ReadonlyMap<string, readonly string[]>,
  { versions }: RotationDependencies,
): Promise<void> {
  // Secrets Manager marks the rotation as failed, because the version does not become current.
  if ((await pendingToken(version, versions)) === null) return;
  const [before = null] = [...labels].flatMap(([id, own]) => (own.includes("AWSCURRENT") ? [id] : []));
  await versions.makeCurrent(version, before);
}

/** Null while the version has no value. One that cannot be a token is discarded: its value could never be changed. */
async function pendingToken(version: string, versions: TokenVersions): Promise<ManagementApiToken | null> {
  try {
    return await versions.pending(version);
  } catch (error) {
    if (error instanceof TokenError && error.code === "malformed") await versions.discard(version);
    throw error;
  }
}

function refuseUseless(token: ManagementApiToken, { now, requiredScopes, versions }: RotationDependencies): void {
  if (token.expiresAt !== null && token.expiresAt <= now())
    throw new TokenError("expired", `${versions.where}: the pending token expired; start another rotation.`);
  const scopes = scopesOf(token.reveal());
  const missing = scopes === null ? [] : requiredScopes.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0)
    throw new TokenError(
      "refused",
      `The new Management API token lacks ${missing.join(" and ")}; grant the application that scope for the Auth0 Management API.`,
    );
}

/** Reads what the audit reads, once. */
async function readOnce(api: ManagementApi, requiredScopes: readonly string[]): Promise<void> {
  const reading = await api.enabledConnections(UNUSED_ID);
  if (!reading.ok && reading.failure.code !== "organization_not_found")
    throw new TokenError(
      reading.failure.code === "forbidden" ? "refused" : "unavailable",
      `${api.domain} could not be read with the new token: ${reading.failure.message}`,
    );
  if (requiredScopes.includes(SCOPE.organizations)) await api.organizations(null);
}

function asTokenError(error: unknown): TokenError {
  if (error instanceof TokenError) return error;
  if (!(error instanceof RunFailure)) throw error;
  const isRefused = error.code === "token_refused" || error.code === "insufficient_scope";
  return new TokenError(isRefused ? "refused" : "unavailable", error.message);
}
