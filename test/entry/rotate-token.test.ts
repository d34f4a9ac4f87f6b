import { inspect } from "node:util";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { SCOPE } from "../../lambda/contract.ts";
import { secretsToken } from "../../lambda/edges/secrets-token.ts";
import { rotationHandler } from "../../lambda/entry/rotate-token.ts";
import { type DemoTenant, type DemoTenantOptions, startDemoTenant } from "../../lambda/local/demo-tenant.ts";
import type { Clock } from "../../lambda/ports.ts";
import { ROTATION_STEPS, type RotationStep } from "../../lambda/steps/rotate-token.ts";
import { type LoopbackAws, startLoopbackAws } from "../support/loopback-aws.ts";

const FIRST = "11111111-2222-3333-4444-555555555555";
const SECOND = "66666666-7777-8888-9999-000000000000";
const NOW_MS = Date.UTC(2026, 2, 3, 6);
const HOUR_MS = 3_600_000;

describe("a rotation of the token, by the calls of Secrets Manager", () => {
  let aws: LoopbackAws;
  let tenant: DemoTenant;
  let secretsManager: SecretsManagerClient;
  let token: string;
  let credentials: string;
  let nowMs: number;
  const clock: Clock = {
    now: () => nowMs,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      nowMs += milliseconds;
    },
  };

  const start = async (options: DemoTenantOptions = {}) => {
    tenant = await startDemoTenant({ now: () => nowMs, ...options });
    putCredentials({ client_id: tenant.clientId, client_secret: tenant.clientSecret });
  };
  const putCredentials = (value: unknown) =>
    aws.secrets.set("credentials", typeof value === "string" ? value : JSON.stringify(value));
  beforeEach(async () => {
    nowMs = NOW_MS;
    aws = await startLoopbackAws();
    secretsManager = new SecretsManagerClient({ ...aws.clientConfig, maxAttempts: 1 });
    credentials = aws.secrets.setEmpty("credentials");
    token = aws.secrets.set("token", '{"token":""}');
    await start();
  });
  afterEach(async () => {
    secretsManager.destroy();
    await Promise.all([aws.close(), tenant.close()]);
  });

  const step = (name: RotationStep, version = FIRST, environment: NodeJS.ProcessEnv = {}) =>
    rotationHandler({
      secretsManager,
      clock,
      baseUrl: tenant.url,
      environment: {
        AUTH0_DOMAIN: tenant.domain,
        AUTH0_CREDENTIALS_SECRET_ARN: credentials,
        AUTH0_REQUIRED_SCOPES: `${SCOPE.connections} ${SCOPE.organizations}`,
        ...environment,
      },
    })({ Step: name, SecretId: token, ClientRequestToken: version, RotationToken: "not needed" });
  const rotate = async (version = FIRST, environment: NodeJS.ProcessEnv = {}) => {
    aws.secrets.startRotation(token, version);
    for (const name of ROTATION_STEPS) await step(name, version, environment);
  };
  /** The failure, which must hold none of the secrets, however it is looked at. */
  const failing = async (work: Promise<unknown>) => {
    const failure = await work.then(
      () => null,
      (error: unknown) => error,
    );
    const seen = inspect(failure, { showHidden: true, depth: 9 });
    for (const secret of [tenant.clientSecret, tenant.token]) expect(seen).not.toContain(secret);
    return failure;
  };
  const current = () => secretsToken(secretsManager, token).read();

  it("puts a token that the tenant accepts in place of the one before", async () => {
    await rotate();
    const first = await current();
    expect(first.reveal()).toBe(tenant.token);
    expect(JSON.parse(aws.secrets.value(token) ?? "")).toEqual({
      token: tenant.token,
      expires_at: "2026-03-04T06:00:00.000Z",
    });
    nowMs += 12 * HOUR_MS;
    await rotate(SECOND);
    expect((await current()).reveal()).toBe(tenant.token);
    expect((await current()).reveal()).not.toBe(first.reveal());
    expect(aws.secrets.stages(token)).toMatchObject({
      [FIRST]: ["AWSPREVIOUS"],
      [SECOND]: ["AWSCURRENT", "AWSPENDING"],
    });
    // One read of connections and one of Organizations test each token.
    expect(tenant.requests).toMatchObject({ token: 2, connections: 2, organizations: 2 });
  });

  it("does each step twice without harm, and nothing once it is done", async () => {
    aws.secrets.startRotation(token, FIRST);
    for (const name of ROTATION_STEPS) {
      await step(name);
      await step(name);
    }
    const stages = aws.secrets.stages(token);
    for (const name of ROTATION_STEPS) await step(name);
    expect(aws.secrets.stages(token)).toEqual(stages);
    expect(tenant.requests.token).toBe(1);
  });

  it.each(["PutSecretValue", "UpdateSecretVersionStage"])(
    "goes on after the answer of %s was lost",
    async (operation) => {
      aws.fault = (request) =>
        request.operation === operation && request.operationCount === 1 ? { kind: "lost_answer" } : null;
      aws.secrets.startRotation(token, FIRST);
      for (const name of ROTATION_STEPS) await step(name).catch(() => step(name));
      expect((await current()).reveal()).toBe(tenant.token);
      expect(tenant.requests.token).toBe(1);
    },
  );

  it("needs no scope for Organizations with a given list, and asks for none", async () => {
    await tenant.close();
    await start({ scopes: [SCOPE.connections] });
    await rotate(FIRST, { AUTH0_REQUIRED_SCOPES: SCOPE.connections });
    expect((await current()).reveal()).toBe(tenant.token);
    expect(tenant.requests.organizations).toBe(0);
  });

  it("reads with the audience that the credentials name", async () => {
    putCredentials({
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
      audience: "https://other.eu.auth0.com/api/v2/",
    });
    expect(await failing(rotate())).toMatchObject({ code: "refused", message: /^other\.eu\.auth0\.com refused/ });
    putCredentials({
      client_id: tenant.clientId,
      client_secret: tenant.clientSecret,
      audience: `https://${tenant.domain}/api/v2/`,
    });
    for (const name of ROTATION_STEPS) await step(name);
    expect((await current()).reveal()).toBe(tenant.token);
  });

  it("tells the command to run while nobody has put the credentials", async () => {
    credentials = aws.secrets.setEmpty("empty");
    expect(await failing(rotate())).toMatchObject({
      name: "TokenError",
      message: expect.stringMatching(
        /^The secret arn:\S+ holds no credentials yet; run: aws secretsmanager put-secret-value --secret-id arn:\S+ --secret-string '\{"client_id":"...","client_secret":"..."\}'$/,
      ),
    });
    expect(tenant.requests.token).toBe(0);
  });

  it.each([
    "",
    "demo-client-secret-that-nobody-may-see",
    '{"client_id":"demo-client-id","client_secret":"demo-client-secret-that-nobody-may-see"',
    '{"client_id":"demo-client-id"}',
    '{"client_id":"","client_secret":"demo-client-secret-that-nobody-may-see"}',
    '{"client_id":"a","client_secret":"demo-client-secret-that-nobody-may-see","audience":"acme.eu.auth0.com"}',
  ])("refuses credentials that are none, and quotes nothing of them: %s", async (value) => {
    putCredentials(value);
    expect(await failing(rotate())).toMatchObject({
      code: "malformed",
      message: expect.stringMatching(/is not JSON with client_id and client_secret .*; run: aws secretsmanager/),
    });
  });

  it("names the secret of credentials that Auth0 refuses, and goes on once they are right", async () => {
    putCredentials({ client_id: tenant.clientId, client_secret: "outdated" });
    expect(await failing(rotate())).toMatchObject({ code: "refused", message: expect.stringContaining(credentials) });
    putCredentials({ client_id: tenant.clientId, client_secret: tenant.clientSecret });
    for (const name of ROTATION_STEPS) await step(name);
    expect((await current()).reveal()).toBe(tenant.token);
  });

  it("does not keep a token that lacks a scope: the same rotation succeeds once the scope is granted", async () => {
    await tenant.close();
    await start({ scopes: [SCOPE.connections] });
    expect(await failing(rotate())).toMatchObject({
      code: "refused",
      message: expect.stringMatching(/lacks read:organizations; grant the application/),
    });
    expect(aws.secrets.value(token, "AWSPENDING")).toBeNull();
    await tenant.close();
    await start();
    for (const name of ROTATION_STEPS) await step(name);
    expect((await current()).reveal()).toBe(tenant.token);
  });

  const pendingWith = async (value: string) => {
    aws.secrets.startRotation(token, FIRST);
    aws.secrets.answer("PutSecretValue", {
      SecretId: token,
      ClientRequestToken: FIRST,
      SecretString: value,
      VersionStages: ["AWSPENDING"],
    });
  };

  it("learns by reading what an opaque or lying token may not, and discards it", async () => {
    const claims = Buffer.from(JSON.stringify({ scope: `${SCOPE.connections} ${SCOPE.organizations}` })).toString(
      "base64url",
    );
    for (const [useless, message] of [
      [tenant.issueToken([]).replace(/\.[^.]*\./, `.${claims}.`), /refuses the Management API token/],
      ["opaque-token-of-nobody", /refuses the Management API token/],
    ] as const) {
      await pendingWith(JSON.stringify({ token: useless }));
      const failure = await failing(step("testSecret"));
      expect(failure).toMatchObject({ code: "refused", message: expect.stringMatching(message) });
      expect(inspect(failure, { depth: 9 })).not.toContain(useless);
      expect(aws.secrets.stages(token)[FIRST]).toEqual([]);
    }
  });

  it.each([
    ["connections", SCOPE.connections],
    ["organizations", SCOPE.organizations],
  ] as const)("discards a token that may not read %s", async (route, scope) => {
    await rotateTo("testSecret");
    tenant.fault = (asked) => {
      if (asked.route !== route) return false;
      asked.response.writeHead(403, { "content-type": "application/json" });
      asked.response.end(
        JSON.stringify({ statusCode: 403, errorCode: "insufficient_scope", message: "Insufficient scope" }),
      );
      return true;
    };
    expect(await failing(step("testSecret"))).toMatchObject({
      code: "refused",
      message: expect.stringContaining(scope),
    });
    expect(aws.secrets.stages(token)[FIRST]).toEqual([]);
    // The next rotation begins afresh.
    tenant.fault = null;
    await rotate(SECOND);
    expect((await current()).reveal()).toBe(tenant.token);
  });

  const rotateTo = async (end: RotationStep) => {
    aws.secrets.startRotation(token, FIRST);
    for (const name of ROTATION_STEPS.slice(0, ROTATION_STEPS.indexOf(end))) await step(name);
  };

  it("keeps a token that could not be tested, for another attempt", async () => {
    await rotateTo("testSecret");
    tenant.fault = ({ route, response }) => {
      if (route !== "connections") return false;
      response.writeHead(503);
      response.end();
      return true;
    };
    expect(await failing(step("testSecret"))).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/could not be read with the new token/),
    });
    expect(aws.secrets.stages(token)[FIRST]).toEqual(["AWSPENDING"]);
    tenant.fault = ({ route, response }) => {
      if (route !== "organizations") return false;
      response.writeHead(503);
      response.end();
      return true;
    };
    expect(await failing(step("testSecret"))).toMatchObject({ code: "unavailable" });
    tenant.fault = null;
    await step("testSecret");
    await step("finishSecret");
    expect((await current()).reveal()).toBe(tenant.token);
    expect(tenant.requests.token).toBe(1);
  });

  it("discards a token that expired while it waited to be tested", async () => {
    await rotateTo("testSecret");
    nowMs += 25 * HOUR_MS;
    expect(await failing(step("testSecret"))).toMatchObject({ code: "expired" });
    expect(aws.secrets.stages(token)[FIRST]).toEqual([]);
    expect(await failing(step("createSecret"))).toMatchObject({
      message: expect.stringMatching(
        /has no pending version .*; start another rotation: aws secretsmanager rotate-secret/,
      ),
    });
  });

  it.each(["two words", '{"token":7}', '{"token":"two words"}'])(
    "discards a pending value that it did not write: %s",
    async (value) => {
      await pendingWith(value);
      expect(await failing(step("createSecret"))).toMatchObject({ code: "malformed" });
      expect(aws.secrets.stages(token)[FIRST]).toEqual([]);
    },
  );

  it("makes nothing current that holds no token, and tests nothing where there is nothing", async () => {
    aws.secrets.startRotation(token, FIRST);
    await step("testSecret");
    expect(await failing(step("finishSecret"))).toMatchObject({ message: expect.stringMatching(/holds no token/) });
    expect(aws.secrets.stages(token)[FIRST]).toEqual(["AWSPENDING"]);
    expect(tenant.requests.connections).toBe(0);
  });

  it("makes the first token of an empty secret current", async () => {
    token = aws.secrets.setEmpty("first-token");
    await rotate();
    expect((await current()).reveal()).toBe(tenant.token);
  });

  it("rotates no secret that has no such version, or is not there", async () => {
    expect(await failing(step("createSecret"))).toMatchObject({
      message: expect.stringMatching(/has no pending version/),
    });
    token = `${token.slice(0, -6)}XXXXXX`;
    expect(await failing(step("createSecret"))).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/could not be described \(ResourceNotFoundException\); it is gone/),
    });
  });

  it.each(["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"])(
    "tells that %s was denied",
    async (operation) => {
      const message = "User is not authorized; demo-client-secret-that-nobody-may-see";
      aws.fault = (request) =>
        request.operation === operation ? { kind: "error", status: 400, code: "AccessDeniedException", message } : null;
      expect(await failing(rotate())).toMatchObject({
        name: "TokenError",
        code: "unavailable",
        message: expect.stringMatching(/\(AccessDeniedException\); deploy the stack again: .* lacks a permission\.$/),
      });
    },
  );

  it("tells that the credentials could not be read", async () => {
    aws.fault = ({ body }) =>
      body.toString().includes(credentials) ? { kind: "error", status: 500, code: "InternalServiceError" } : null;
    expect(await failing(rotate())).toMatchObject({
      message: expect.stringMatching(/could not be read \(InternalServiceError\); it is tried again by itself/),
    });
  });

  it.each([
    [{}, /not a rotation of Secrets Manager/],
    [{ Step: "deleteSecret", SecretId: "a", ClientRequestToken: "b" }, /not a rotation of Secrets Manager/],
    [null, /not a rotation of Secrets Manager/],
  ])("refuses the event %j", async (event, message) => {
    const handler = rotationHandler({ secretsManager, clock, environment: {} });
    await expect(handler(event)).rejects.toThrow(message);
  });

  it.each(["AUTH0_DOMAIN", "AUTH0_CREDENTIALS_SECRET_ARN", "AUTH0_REQUIRED_SCOPES"])(
    "names the missing variable %s",
    async (name) => {
      await expect(step("createSecret", FIRST, { [name]: "" })).rejects.toThrow(
        `${name}: the environment variable is missing`,
      );
    },
  );
});
