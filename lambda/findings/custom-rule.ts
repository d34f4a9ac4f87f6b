import { celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import type { Severity } from "../domain/change.ts";
import { DEEPEST_EXPRESSION, LONGEST_NAME, MOST_WORK } from "./bounds.ts";
import type { CelOrganization } from "./cel-organization.ts";
import { ExpressionError, messageOf } from "./expression-error.ts";
import { Patterns } from "./pattern.ts";
import type { PolicyFile } from "./schema.ts";
import { type Expression, TypeCheck } from "./type-check.ts";

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
  /** Whether the rule finds the Organization; a text: why that could not be evaluated. Never throws. */
  readonly evaluate: (organization: CelOrganization) => boolean | string;
}

/** Throws `ExpressionError`. */
export function compileCustomRule({ when, ...rule }: PolicyFile["custom"][number]): CustomRule {
  const { id, version, severity, message, title = null, why = null, remedy = null } = rule;
  return { id, version, severity, message, title, why, remedy, evaluate: compile(when) };
}

function compile(expression: string): CustomRule["evaluate"] {
  const parsed = parseExpression(expression);
  const patterns = new Patterns();
  const check = new TypeCheck(patterns);
  check.rule(parsed);
  const run = plan(celEnv({ re2: patterns }), parsed);
  return ({ value, connections, longestText }) => {
    if (longestText > LONGEST_NAME) return `one of its names is longer than ${LONGEST_NAME} characters`;
    if (check.work.of(connections, longestText) > MOST_WORK) return "it has too many connections for this expression";
    const result = run({ organization: value });
    if (isCelError(result)) return result.message;
    return result === true;
  };
}

function parseExpression(expression: string): Expression {
  refuseDeepBrackets(expression);
  try {
    return parse(expression).expr;
  } catch (error) {
    throw new ExpressionError(`not CEL: ${messageOf(error)}`);
  }
}

/** The parser calls itself for each bracket: far more of them than anyone writes would end the stack. */
function refuseDeepBrackets(expression: string): void {
  let depth = 0;
  for (const character of expression) {
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) depth -= 1;
    if (depth > DEEPEST_EXPRESSION)
      throw new ExpressionError(`the expression is nested more than ${DEEPEST_EXPRESSION} deep`);
  }
}
