import type { parse } from "@bufbuild/cel";
import { DEEPEST_EXPRESSION, MOST_NESTED_MACROS } from "./bounds.ts";
import { ExpressionError } from "./expression-error.ts";
import { typeOfCall } from "./overloads.ts";
import type { Patterns } from "./pattern.ts";
import { elementOf, listOf, PROPERTIES, type Type } from "./types.ts";
import { Work } from "./work.ts";

export type Expression = ReturnType<typeof parse>["expr"];
type Kind<Case extends Expression["exprKind"]["case"]> = Extract<Expression["exprKind"], { case: Case }>["value"];
type Maybe = Expression | undefined;

/** Where an expression is. */
interface Place {
  readonly variables: ReadonlyMap<string, Type>;
  /** Over how many lists the macros around it go. */
  readonly loops: number;
  readonly depth: number;
}

/**
 * Checks an expression's types, and counts the work of evaluating it. The library has no such check: it is for the part
 * of CEL that rules need, and everything else is refused.
 */
export class TypeCheck {
  readonly work = new Work();
  readonly #patterns: Patterns;

  constructor(patterns: Patterns) {
    this.#patterns = patterns;
  }

  /** Throws `ExpressionError` for an expression that does not answer true or false. */
  rule(expression: Expression): void {
    const type = this.#type(expression, { variables: new Map([["organization", "organization"]]), loops: 0, depth: 0 });
    if (type !== "bool") throw new ExpressionError(`the expression is of type ${type}; a rule must be of type bool`);
  }

  #type(expression: Maybe, place: Place): Type {
    if (place.depth > DEEPEST_EXPRESSION)
      throw new ExpressionError(`the expression is nested more than ${DEEPEST_EXPRESSION} deep`);
    this.work.add(place.loops, 1);
    const inside = { ...place, depth: place.depth + 1 };
    const kind = expression?.exprKind;
    switch (kind?.case) {
      case "constExpr":
        return this.#constant(kind.value);
      case "identExpr":
        return variableType(kind.value.name, place);
      case "selectExpr":
        return this.#property(kind.value, inside);
      case "callExpr":
        return this.#call(kind.value, inside);
      case "listExpr":
        return this.#list(kind.value.elements, inside);
      case "comprehensionExpr":
        return this.#macro(kind.value, inside);
      default:
        throw new ExpressionError("maps and messages are not available");
    }
  }

  #property({ operand, field, testOnly }: Kind<"selectExpr">, place: Place): Type {
    const owner = this.#type(operand, place);
    if (owner !== "organization" && owner !== "connection")
      throw new ExpressionError(`${owner} has no property ${field}`);
    const type = PROPERTIES[owner].get(field);
    if (type !== undefined) return testOnly ? "bool" : type;
    throw new ExpressionError(`${owner} has no property ${field}; it has ${[...PROPERTIES[owner].keys()].join(", ")}`);
  }

  #call({ target, function: name, args }: Kind<"callExpr">, place: Place): Type {
    const all = target === undefined ? args : [target, ...args];
    const given = all.map((argument) =>
      name === "matches" && argument === args[0] && literalText(argument) !== null
        ? "string"
        : this.#type(argument, place),
    );
    const answer = typeOfCall(target === undefined ? name : `.${name}`, given);
    if (typeof answer === "string") throw new ExpressionError(answer);
    if (name === "matches") this.work.addText(place.loops, this.#pattern(args[0]));
    else if (given.includes("string")) this.work.addText(place.loops, 1);
    if (name === "@in" || name === "_[_]") this.work.add(place.loops + loopsOver(all.at(name === "@in" ? 1 : 0)), 1);
    return answer.type;
  }

  #constant(constant: Kind<"constExpr">): Type {
    const { constantKind } = constant;
    if (constantKind.case === "stringValue") this.work.addLiteral(constantKind.value.length);
    return constantType(constant);
  }

  /** The size of a literal pattern. Its text is read once, when it is compiled: it is no text that the rule reads. */
  #pattern(pattern: Maybe): number {
    const text = literalText(pattern);
    if (text === null) throw new ExpressionError("the pattern of matches must be a literal text");
    return this.#patterns.sizeOf(text);
  }

  #list(elements: readonly Expression[], place: Place): Type {
    this.work.addList(elements.length);
    const [first, ...others] = elements.map((element) => this.#type(element, place));
    const type = first === undefined ? null : listOf(first);
    if (type === null || others.some((other) => other !== first))
      throw new ExpressionError(
        "a list must have one or more elements of the same type: bool, int, string or connection",
      );
    return type;
  }

  #macro(macro: Kind<"comprehensionExpr">, place: Place): Type {
    const range = this.#type(macro.iterRange, place);
    const element = elementOf(range);
    if (element === null) throw new ExpressionError(`a macro goes over a list, not over ${range}`);
    const loops = place.loops + loopsOver(macro.iterRange);
    if (loops > MOST_NESTED_MACROS) throw new ExpressionError(`macros are nested more than ${MOST_NESTED_MACROS} deep`);
    return this.#body(macro, { ...place, loops, variables: new Map([...place.variables, [macro.iterVar, element]]) });
  }

  /** What the parser makes of exists and all (step: result || test), exists_one, map and filter (step: test ? add : result). */
  #body({ accuInit, loopStep }: Kind<"comprehensionExpr">, place: Place): Type {
    const step = argumentsOf(loopStep);
    if (accuInit?.exprKind.case !== "listExpr") {
      const test = this.#type(step.length === 3 ? step[0] : step[1], place);
      return test === "bool" ? "bool" : refuseTest(test);
    }
    if (step.length === 3) {
      const test = this.#type(step[0], place);
      if (test !== "bool") refuseTest(test);
    }
    // The parser has put what is added into a list of its own.
    return this.#type(argumentsOf(step.length === 3 ? step[1] : loopStep)[1], place);
  }
}

function refuseTest(type: Type): never {
  throw new ExpressionError(`the condition of a macro is of type ${type}; it must be of type bool`);
}

function argumentsOf(expression: Maybe): readonly Expression[] {
  return expression?.exprKind.case === "callExpr" ? expression.exprKind.value.args : [];
}

/** The library's list of what `map` or `filter` let through is a chain of lists: going along it is a loop in a loop. */
function loopsOver(list: Maybe): number {
  return list?.exprKind.case === "comprehensionExpr" ? 2 : 1;
}

function literalText(expression: Maybe): string | null {
  const constant = expression?.exprKind.case === "constExpr" ? expression.exprKind.value.constantKind : null;
  return constant?.case === "stringValue" ? constant.value : null;
}

function constantType({ constantKind }: Kind<"constExpr">): Type {
  switch (constantKind.case) {
    case "boolValue":
      return "bool";
    case "int64Value":
      // The parser takes any number of digits; CEL's int has 64 bits.
      if (BigInt.asIntN(64, constantKind.value) === constantKind.value) return "int";
      throw new ExpressionError(`${constantKind.value} is outside the whole numbers of CEL, which have 64 bits`);
    case "stringValue":
      return "string";
    case "nullValue":
      throw new ExpressionError("no value is null; test whether a name is known with has(organization.name)");
    default:
      throw new ExpressionError("only texts, whole numbers, true and false are available as literals");
  }
}

function variableType(name: string, { variables }: Place): Type {
  const type = variables.get(name);
  if (type === undefined) throw new ExpressionError(`unknown variable ${name}; there is organization`);
  return type;
}
