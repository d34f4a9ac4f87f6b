import { RemovalPolicy, SecretValue } from "aws-cdk-lib";
import type { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { CfnSecret, type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import { TokenRotation } from "./token-rotation.ts";

/** What the token's secret holds until the first rotation: no token, so that whoever reads it is told so. */
const NO_TOKEN_YET = SecretValue.unsafePlainText('{"token":""}');

/**
 * The secret with the Management API token: a given one, or one that the stack makes and renews with the credentials
 * of the owner's application.
 */
export class ManagementApiToken extends Construct {
  readonly secret: ISecret;
  /** The secret with the application's credentials, which the owner fills in; null with a token secret of their own. */
  readonly credentials: ISecret | null;
  readonly rotationFunction: NodejsFunction | null;

  constructor(scope: Construct, id: string, { tenant }: { readonly tenant: TenantConfiguration }) {
    super(scope, id);
    if (tenant.tokenSecretArn !== null) {
      this.secret = Secret.fromSecretCompleteArn(this, "Secret", tenant.tokenSecretArn);
      this.credentials = null;
      this.rotationFunction = null;
      return;
    }
    this.secret = new Secret(this, "Secret", {
      description: `Auth0 Management API token of ${tenant.domain}; renewed by itself.`,
      secretStringValue: NO_TOKEN_YET,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.credentials = new Secret(this, "Credentials", {
      description: `Credentials of the application that may read ${tenant.domain}: { "client_id", "client_secret" }.`,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // A secret without a value: a generated one would look as if somebody had filled it in.
    const resource = this.credentials.node.defaultChild;
    if (resource instanceof CfnSecret) resource.generateSecretString = undefined;
    acknowledge(
      this.credentials,
      "SMG4",
      "Auth0 has no way to renew a client secret without a scope over all applications; its owner does so in Auth0.",
    );
    this.rotationFunction = new TokenRotation(this, "Rotation", {
      tenant,
      secret: this.secret,
      credentials: this.credentials,
    }).function;
  }
}
