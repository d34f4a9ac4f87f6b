import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import { KEEP_DATA } from "./keep-data.ts";

/** 32 bytes in hex. */
const HEX_DIGITS = 64;
const NOT_HEX = "ghijklmnopqrstuvwxyz";

/** The key of a tenant's pseudonyms, which Secrets Manager generates. It remains when the stack is deleted. */
export class PseudonymKey extends Construct {
  readonly secret: ISecret;

  constructor(scope: Construct, id: string, { tenant }: { readonly tenant: TenantConfiguration }) {
    super(scope, id);
    this.secret = new Secret(this, "Secret", {
      description: `Key of the pseudonyms in the evidence of ${tenant.domain}. A new key makes other pseudonyms.`,
      generateSecretString: {
        passwordLength: HEX_DIGITS,
        excludeCharacters: NOT_HEX,
        excludeUppercase: true,
        excludePunctuation: true,
        requireEachIncludedType: false,
      },
      removalPolicy: KEEP_DATA,
    });
    acknowledge(this.secret, "SMG4", "With another key, the pseudonyms of a person would not match the earlier ones.");
  }
}
