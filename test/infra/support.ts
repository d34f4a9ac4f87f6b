import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, jest } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { readConfiguration } from "../../infra/configuration/configuration.ts";
import { AuditorStack } from "../../infra/stack.ts";

// The CDK loads for seconds when a machine is busy.
jest.setTimeout(120_000);

export const KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
export const SIGNING_KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/99999999-2222-3333-4444-555555555555";
export const OWN_SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:auth0-AbCdEf";
/** Nothing is bundled: a template is made in half a second. */
const NO_BUNDLING = { "aws:cdk:bundling-stacks": [] };

const outputs = mkdtempSync(join(tmpdir(), "cdk-"));
afterAll(() => rmSync(outputs, { recursive: true, force: true }));

export function appWith(context: Readonly<Record<string, unknown>>): App {
  return new App({ context: { ...NO_BUNDLING, ...context }, outdir: mkdtempSync(join(outputs, "out-")) });
}

export function stackWith(context: Readonly<Record<string, unknown>>): AuditorStack {
  const app = appWith(context);
  return new AuditorStack(app, "Auditor", { configuration: readConfiguration(app.node) });
}

export function synthesize(context: Readonly<Record<string, unknown>>): Template {
  return Template.fromStack(stackWith(context));
}

/** Two tenants with everything switched on. */
export const FULL = {
  tenants: [
    { domain: "acme.eu.auth0.com", schedule: "rate(6 hours)", reserve: 0.5 },
    {
      domain: "globex.us.auth0.com",
      organizations: ["org_AAAAAAAAAAAAAAAA"],
      schedule: "cron(0 6 ? * MON *)",
      tokenSecretArn: OWN_SECRET_ARN,
    },
  ],
  alertEmail: "security@acme.example",
  retentionDays: 730,
  objectLock: "governance",
  encryptionKeyArn: KEY_ARN,
  signingKeyArn: SIGNING_KEY_ARN,
};

export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
  readonly Principal?: unknown;
}

/** What a role may do, by the role's logical ID. */
export function permissions(template: Template): ReadonlyMap<string, readonly Statement[]> {
  const alone = Object.values(template.findResources("AWS::IAM::Policy"));
  return new Map(
    Object.entries(template.findResources("AWS::IAM::Role")).map(([id, { Properties }]) => {
      const attached = alone.filter((policy) => JSON.stringify(policy.Properties.Roles).includes(`"${id}"`));
      const inline: readonly { PolicyDocument: { Statement: Statement[] } }[] = Properties.Policies ?? [];
      const documents = [...inline, ...attached.map((policy) => policy.Properties)];
      return [id, documents.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)];
    }),
  );
}

export function actionsOf(statements: readonly Statement[]): readonly string[] {
  return statements.flatMap(({ Action }) => Action);
}

/** The only one; throws where there are none or several. */
export function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new RangeError(`There are ${items.length}, not 1.`);
  return item;
}
