import { SecretValue } from "aws-cdk-lib";
import type { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { CfnSecret, type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { TOKEN_BEFORE_FIRST_ROTATION } from "../lambda/contract.ts";
import { acknowledge } from "./acknowledge.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import { KEEP_DATA } from "./keep-data.ts";
import { TokenRotation } from "./token-rotation.ts";

/** The value of the token's secret before the first rotation. */
const NO_TOKEN_YET = SecretValue.unsafePlainText(TOKEN_BEFORE_FIRST_ROTATION);

/**
 * The secret with the Management API token: an existing one, or one that the stack creates and renews with the credentials
 * of an Auth0 application.
 */
export class ManagementApiToken extends Construct {
  readonly secret: ISecret;
  /** The secret for the application's credentials, which its owner fills; null with an existing token secret. */
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
      description: `Auth0 Management API token of ${tenant.domain}. It is renewed automatically.`,
      secretStringValue: NO_TOKEN_YET,
      removalPolicy: KEEP_DATA,
    });
    this.credentials = new Secret(this, "Credentials", {
      description: `Credentials of the Auth0 application that reads ${tenant.domain}: { "client_id", "client_secret" }.`,
      removalPolicy: KEEP_DATA,
    });
    // Without this, the CDK generates a value, and the secret looks as if its owner had filled it.
    const resource = this.credentials.node.defaultChild;
    if (resource instanceof CfnSecret) resource.generateSecretString = undefined;
    acknowledge(
      this.credentials,
      "SMG4",
      "Rotating a client secret through the Auth0 API needs a scope over all applications; the owner rotates it in Auth0.",
    );
    this.rotationFunction = new TokenRotation(this, "Rotation", {
      tenant,
      secret: this.secret,
      credentials: this.credentials,
    }).function;
  }
}
