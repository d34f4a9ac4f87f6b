import { Annotations, App, Tags, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { PRODUCT } from "../lambda/contract.ts";
import { ContextError, readConfiguration } from "./configuration/configuration.ts";
import { AuditorStack } from "./stack.ts";

/** The placeholder in cdk.json. */
const EXAMPLE_DOMAIN = "your-tenant.eu.auth0.com";

try {
  const app = new App();
  const configuration = readConfiguration(app.node);
  const stack = new AuditorStack(app, configuration.stackName, { configuration });
  Tags.of(app).add("application", PRODUCT);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  if (configuration.tenants.some(({ domain }) => domain === EXAMPLE_DOMAIN))
    Annotations.of(stack).addWarningV2(
      `${PRODUCT}:example-domain`,
      `domain: ${EXAMPLE_DOMAIN} is a placeholder; set your own tenant in cdk.json or with -c domain=...`,
    );
} catch (error) {
  if (!(error instanceof ContextError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
