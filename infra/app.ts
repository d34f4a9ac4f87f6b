import { App, Tags } from "aws-cdk-lib";
import { PRODUCT } from "../lambda/contract.ts";
import { ContextError, readConfiguration } from "./configuration.ts";
import { AuditorStack } from "./stack.ts";

try {
  const app = new App();
  new AuditorStack(app, "Auth0OrganizationAuditor", { configuration: readConfiguration(app.node) });
  Tags.of(app).add("application", PRODUCT);
} catch (error) {
  if (!(error instanceof ContextError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
