import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { SCOPE, TOKEN_BEFORE_FIRST_ROTATION } from "../../lambda/contract.ts";
import { rotationHandler } from "../../lambda/functions/rotate-token.ts";
import { FIRST, HOUR_MS, Rotation, SECOND } from "../support/rotation.ts";

describe("a rotation that cannot be done", () => {
  let rotation: Rotation;
  beforeEach(async () => {
    rotation = await Rotation.start();
  });
  afterEach(() => rotation.close());
  /** The failure, which must hold none of the secrets. */
  const failing = async (work: Promise<unknown>) => {
    const { failure, leaked } = await rotation.failing(work);
    expect(leaked).toEqual([]);
    return failure;
  };

  it("is not an error while the credentials were never stored, and leaves the token as it is", async () => {
    rotation.credentials = rotation.aws.secrets.setEmpty("empty");
    await rotation.rotate();
    expect(rotation.aws.secrets.stages(rotation.token)[FIRST]).toEqual(["AWSPENDING"]);
    expect(rotation.tenant.requests.token).toBe(0);
  });

  it("is not an error when Secrets Manager tests a new rotation with a copy of the initial value", async () => {
    rotation.pendingWith(TOKEN_BEFORE_FIRST_ROTATION);
    await rotation.step("testSecret");
    expect(rotation.aws.secrets.stages(rotation.token)[FIRST]).toEqual(["AWSPENDING"]);
    expect(rotation.tenant.requests.connections).toBe(0);
  });

  it.each([
    "",
    "demo-client-secret-never-to-be-shown",
    '{"client_id":"demo-client-id","client_secret":"demo-client-secret-never-to-be-shown"',
    '{"client_id":"demo-client-id"}',
    '{"client_id":"","client_secret":"demo-client-secret-never-to-be-shown"}',
    '{"client_id":"a","client_secret":"demo-client-secret-never-to-be-shown","audience":"acme.eu.auth0.com"}',
  ])("refuses credentials that are none, and quotes nothing of them: %s", async (value) => {
    rotation.putCredentials(value);
    expect(await failing(rotation.rotate())).toMatchObject({ code: "malformed" });
  });

  it("names the secret of credentials that Auth0 refuses, and goes on once they are right", async () => {
    rotation.putCredentials({ client_id: rotation.tenant.clientId, client_secret: "outdated" });
    expect(await failing(rotation.rotate())).toMatchObject({
      code: "refused",
      message: expect.stringContaining(rotation.credentials),
    });
    rotation.putCredentials({ client_id: rotation.tenant.clientId, client_secret: rotation.tenant.clientSecret });
    await rotation.goOn();
    expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
  });

  it("does not keep a token that lacks a scope: the same rotation succeeds once the scope is granted", async () => {
    await rotation.startTenant({ scopes: [SCOPE.connections] });
    expect(await failing(rotation.rotate())).toMatchObject({
      code: "refused",
      message: expect.stringMatching(/lacks read:organizations; grant the application/),
    });
    expect(rotation.aws.secrets.value(rotation.token, "AWSPENDING")).toBeNull();
    await rotation.startTenant();
    await rotation.goOn();
    expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
  });

  it("learns by reading what an opaque or lying token may not, and discards it", async () => {
    const claims = Buffer.from(JSON.stringify({ scope: `${SCOPE.connections} ${SCOPE.organizations}` })).toString(
      "base64url",
    );
    for (const [useless, message] of [
      [rotation.tenant.issueToken([]).replace(/\.[^.]*\./, `.${claims}.`), /refuses the Management API token/],
      ["opaque-token-of-nobody", /refuses the Management API token/],
    ] as const) {
      rotation.pendingWith(JSON.stringify({ token: useless }));
      const failure = await failing(rotation.step("testSecret"));
      expect(failure).toMatchObject({ code: "refused", message: expect.stringMatching(message) });
      expect(inspect(failure, { depth: 9 })).not.toContain(useless);
      expect(rotation.aws.secrets.stages(rotation.token)[FIRST]).toEqual([]);
    }
  });

  it.each([
    ["connections", SCOPE.connections],
    ["organizations", SCOPE.organizations],
  ] as const)("discards a token that may not read %s", async (route, scope) => {
    await rotation.rotateTo("testSecret");
    rotation.tenant.fault = (asked) => {
      if (asked.route !== route) return false;
      asked.response.writeHead(403, { "content-type": "application/json" });
      asked.response.end(
        JSON.stringify({ statusCode: 403, errorCode: "insufficient_scope", message: "Insufficient scope" }),
      );
      return true;
    };
    expect(await failing(rotation.step("testSecret"))).toMatchObject({
      code: "refused",
      message: expect.stringContaining(scope),
    });
    expect(rotation.aws.secrets.stages(rotation.token)[FIRST]).toEqual([]);
    // The next rotation begins afresh.
    rotation.tenant.fault = null;
    await rotation.rotate(SECOND);
    expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
  });

  it("keeps a token that could not be tested, for another attempt", async () => {
    await rotation.rotateTo("testSecret");
    rotation.tenant.fault = ({ route, response }) => {
      if (route !== "connections") return false;
      response.writeHead(503);
      response.end();
      return true;
    };
    expect(await failing(rotation.step("testSecret"))).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/could not be read with the new token/),
    });
    expect(rotation.aws.secrets.stages(rotation.token)[FIRST]).toEqual(["AWSPENDING"]);
    rotation.tenant.fault = ({ route, response }) => {
      if (route !== "organizations") return false;
      response.writeHead(503);
      response.end();
      return true;
    };
    expect(await failing(rotation.step("testSecret"))).toMatchObject({ code: "unavailable" });
    rotation.tenant.fault = null;
    await rotation.step("testSecret");
    await rotation.step("finishSecret");
    expect((await rotation.current()).reveal()).toBe(rotation.tenant.token);
    expect(rotation.tenant.requests.token).toBe(1);
  });

  it("discards a token that expired while it waited to be tested", async () => {
    await rotation.rotateTo("testSecret");
    rotation.nowMs += 25 * HOUR_MS;
    expect(await failing(rotation.step("testSecret"))).toMatchObject({ code: "expired" });
    expect(rotation.aws.secrets.stages(rotation.token)[FIRST]).toEqual([]);
    expect(await failing(rotation.step("createSecret"))).toMatchObject({
      message: expect.stringMatching(
        /has no pending version .*; start another rotation: aws secretsmanager rotate-secret/,
      ),
    });
  });

  it.each(["two words", '{"token":7}', '{"token":"two words"}'])(
    "discards a pending value that it did not write: %s",
    async (value) => {
      rotation.pendingWith(value);
      expect(await failing(rotation.step("createSecret"))).toMatchObject({ code: "malformed" });
      expect(rotation.aws.secrets.stages(rotation.token)[FIRST]).toEqual([]);
    },
  );

  it("makes nothing current that holds no token, and tests nothing where there is nothing", async () => {
    rotation.aws.secrets.startRotation(rotation.token, FIRST);
    await rotation.step("testSecret");
    await rotation.step("finishSecret");
    expect(rotation.aws.secrets.stages(rotation.token)[FIRST]).toEqual(["AWSPENDING"]);
    expect(rotation.tenant.requests.connections).toBe(0);
  });

  it("rotates no secret that has no such version, or is not there", async () => {
    expect(await failing(rotation.step("createSecret"))).toMatchObject({
      message: expect.stringMatching(/has no pending version/),
    });
    rotation.token = `${rotation.token.slice(0, -6)}XXXXXX`;
    expect(await failing(rotation.step("createSecret"))).toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/could not be described \(ResourceNotFoundException\); it is gone/),
    });
  });

  it.each(["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"])(
    "tells that %s was denied",
    async (operation) => {
      const message = "User is not authorized; demo-client-secret-never-to-be-shown";
      rotation.aws.fault = (request) =>
        request.operation === operation ? { kind: "error", status: 400, code: "AccessDeniedException", message } : null;
      expect(await failing(rotation.rotate())).toMatchObject({
        name: "TokenError",
        code: "unavailable",
        message: expect.stringMatching(/\(AccessDeniedException\); deploy the stack again: .* lacks a permission\.$/),
      });
    },
  );

  it("tells that the credentials could not be read", async () => {
    rotation.aws.fault = ({ body }) =>
      body.toString().includes(rotation.credentials)
        ? { kind: "error", status: 500, code: "InternalServiceError" }
        : null;
    expect(await failing(rotation.rotate())).toMatchObject({
      message: expect.stringMatching(/could not be read \(InternalServiceError\); it is tried again by itself/),
    });
  });

  it.each([
    [{}, /not a rotation step of Secrets Manager/],
    [{ Step: "deleteSecret", SecretId: "a", ClientRequestToken: "b" }, /not a rotation step of Secrets Manager/],
    [null, /not a rotation step of Secrets Manager/],
  ])("refuses the event %j", async (event, message) => {
    const handler = rotationHandler({ ...rotation, environment: {} });
    await expect(handler(event)).rejects.toThrow(message);
  });

  it.each(["AUTH0_DOMAIN", "AUTH0_CREDENTIALS_SECRET_ARN", "AUTH0_REQUIRED_SCOPES"])(
    "names the missing variable %s",
    async (name) => {
      await expect(rotation.step("createSecret", FIRST, { [name]: "" })).rejects.toThrow(
        `${name}: the environment variable is missing`,
      );
    },
  );
});
