import { RemovalPolicy } from "aws-cdk-lib";
import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";

/** The secret with the Management API token: a given one, or one that its owner fills in after the deployment. */
export class ManagementApiToken extends Construct {
  readonly secret: ISecret;

  constructor(scope: Construct, id: string, { tokenSecretArn }: { readonly tokenSecretArn: string | null }) {
    super(scope, id);
    this.secret =
      tokenSecretArn === null
        ? new Secret(this, "Secret", {
            description: "Auth0 Management API token: the bare token, or JSON with a token property.",
            removalPolicy: RemovalPolicy.RETAIN,
          })
        : Secret.fromSecretCompleteArn(this, "Secret", tokenSecretArn);
  }
}
