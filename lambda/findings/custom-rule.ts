import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import type { Severity } from "../domain/change.ts";
import type { CelOrganization } from "./cel-organization.ts";
import type { PolicyFile } from "./schema.ts";

/** An owner's rule, compiled. */
export interface CustomRule {
  readonly id: string;
  readonly version: number;
  readonly severity: Severity;
  /** What is wrong, in one sentence. */
  readonly message: string;
  readonly title: string | null;
  readonly why: string | null;
  readonly remedy: string | null;
  /** Whether the rule finds the Organization; a text: why it could not be evaluated. Never throws. */
  readonly evaluate: (organization: CelOrganization) => boolean | string;
}

/** An expression that cannot be a rule. The message says why, without a period. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

const ENVIRONMENT = celEnv();

/** Throws `ExpressionError`. */
export function compileCustomRule({ when, ...rule }: PolicyFile["custom"][number]): CustomRule {
  const { id, version, severity, message, title = null, why = null, remedy = null } = rule;
  return { id, version, severity, message, title, why, remedy, evaluate: compile(when) };
}

function compile(expression: string): CustomRule["evaluate"] {
  const run = plan(ENVIRONMENT, parsed(expression));
  return ({ value }) => {
    const result = run({ organization: value });
    if (isCelError(result)) return result.message;
    return typeof result === "boolean" ? result : "the expression is not true or false";
  };
}

function parsed(expression: string) {
  try {
    return parse(expression);
  } catch (error) {
    throw new ExpressionError(`not CEL; ${error instanceof Error ? error.message : ""}`);
  }
}
