import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, jest } from "@jest/globals";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as v from "valibot";
import { readConfiguration } from "../../infra/configuration/configuration.ts";
import { AuditorStack } from "../../infra/stack.ts";
import { resolveIntrinsics } from "../support/intrinsics.ts";
import { type ResolvedStatement, statementSchema } from "../support/policy.ts";

// The CDK loads for seconds when a machine is busy.
jest.setTimeout(120_000);

export const KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555";
export const SIGNING_KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/99999999-2222-3333-4444-555555555555";
export const OWN_SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:auth0-AbCdEf";
export const CHAT_SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:chat-AbCdEf";
/** Nothing is bundled: a template is made in half a second. */
const NO_BUNDLING = { "aws:cdk:bundling-stacks": [] };

const outputs = mkdtempSync(join(tmpdir(), "cdk-"));
afterAll(() => rmSync(outputs, { recursive: true, force: true }));

export function appWith(context: Readonly<Record<string, unknown>>): App {
  return new App({ context: { ...NO_BUNDLING, ...context }, outdir: mkdtempSync(join(outputs, "out-")) });
}

export function synthesize(context: Readonly<Record<string, unknown>>, name = "Auditor"): Template {
  const app = appWith(context);
  return Template.fromStack(new AuditorStack(app, name, { configuration: readConfiguration(app.node) }));
}

/** Two tenants with everything switched on. */
export const FULL = {
  tenants: [
    {
      domain: "acme.eu.auth0.com",
      schedule: "rate(6 hours)",
      reserve: 0.5,
      updates: "rate(5 minutes)",
      attribution: "pseudonyms",
    },
    {
      domain: "globex.us.auth0.com",
      organizations: ["org_AAAAAAAAAAAAAAAA"],
      schedule: "cron(0 6 ? * MON *)",
      tokenSecretArn: OWN_SECRET_ARN,
      policy: { version: 1, rules: { "unread-too-long": { days: 3 } } },
    },
  ],
  alertEmail: "security@acme.example",
  chatWebhookSecretArn: CHAT_SECRET_ARN,
  chatSlackChannel: "C0123456789",
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

/** The ARN of a resource in `resolvedStatements`. */
export const arnOf = (logicalId: string) => `arn:${logicalId}`;

/** The statements of a policy, without references. */
export function resolved(policy: { readonly PolicyDocument: { readonly Statement: unknown } }) {
  const names = { reference: (id: string) => id, arn: arnOf };
  return v.parse(v.array(statementSchema), resolveIntrinsics(policy.PolicyDocument.Statement, names));
}

/** The statements of policies of a type whose logical ID fits, without references. */
export function resolvedStatements(template: Template, type: string, id: RegExp): readonly ResolvedStatement[] {
  return Object.entries(template.findResources(type))
    .filter(([one]) => id.test(one))
    .flatMap(([, { Properties }]) => resolved({ PolicyDocument: Properties.PolicyDocument }));
}

/** The logical ID of the only resource of a type that fits. */
export function idOf(template: Template, type: string, id = /./): string {
  return only(Object.keys(template.findResources(type)).filter((one) => id.test(one)));
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
