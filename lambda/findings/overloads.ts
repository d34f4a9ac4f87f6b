import { ELEMENTS, LISTS, SCALARS, type Type } from "./types.ts";

/** One way to call a function or an operator. */
interface Overload {
  readonly takes: readonly Type[];
  readonly answers: Type;
}

function overload(takes: readonly Type[], answers: Type): Overload {
  return { takes, answers };
}

const LOGIC = [overload(["bool", "bool"], "bool")];
const ARITHMETIC = [overload(["int", "int"], "int")];
const EQUALITY = SCALARS.map((scalar) => overload([scalar, scalar], "bool"));
const ORDER = [overload(["int", "int"], "bool"), overload(["string", "string"], "bool")];
const TEXT_TEST = [overload(["string", "string"], "bool")];
const SIZE = [overload(["string"], "int"), ...Object.values(LISTS).map((list) => overload([list], "int"))];

/** Every operator, function and method that custom rules may use, by the names that the parser gives them. */
const OVERLOADS: ReadonlyMap<string, readonly Overload[]> = new Map([
  ["!_", [overload(["bool"], "bool")]],
  ["-_", [overload(["int"], "int")]],
  ["_&&_", LOGIC],
  ["_||_", LOGIC],
  ["_?_:_", SCALARS.map((scalar) => overload(["bool", scalar, scalar], scalar))],
  ["_==_", EQUALITY],
  ["_!=_", EQUALITY],
  ["_<_", ORDER],
  ["_<=_", ORDER],
  ["_>_", ORDER],
  ["_>=_", ORDER],
  ["_+_", ARITHMETIC],
  ["_-_", ARITHMETIC],
  ["_*_", ARITHMETIC],
  ["_/_", ARITHMETIC],
  ["_%_", ARITHMETIC],
  ["@in", SCALARS.map((scalar) => overload([scalar, LISTS[scalar]], "bool"))],
  ["_[_]", ELEMENTS.map((element) => overload([LISTS[element], "int"], element))],
  ["size", SIZE],
  [".size", SIZE],
  [".contains", TEXT_TEST],
  [".startsWith", TEXT_TEST],
  [".endsWith", TEXT_TEST],
  [".matches", TEXT_TEST],
]);

/**
 * The type of a call's answer. A method's name begins with a period, and what it is called on is its first argument.
 * A text: why there is no such call.
 */
export function typeOfCall(name: string, given: readonly Type[]): { readonly type: Type } | string {
  const overloads = OVERLOADS.get(name);
  const shown = name.replaceAll(/[_@.]/g, "");
  if (overloads === undefined) return `the function ${shown} is not available; see docs/policy.md`;
  const fits = ({ takes }: Overload) =>
    takes.length === given.length && takes.every((type, index) => type === given[index]);
  const found = overloads.find(fits);
  return found === undefined ? `${shown} cannot be applied to ${given.join(", ")}` : { type: found.answers };
}
