/** The type of a value in a custom rule: CEL's own, and what an Organization consists of. */
export type Type = "bool" | "int" | "string" | "organization" | "connection" | ListType;
export const ELEMENTS = ["bool", "int", "string", "connection"] as const;
type Element = (typeof ELEMENTS)[number];
export type ListType = `list(${Element})`;

export const SCALARS = ["bool", "int", "string"] as const;

export const LISTS: Readonly<Record<Element, ListType>> = {
  bool: "list(bool)",
  int: "list(int)",
  string: "list(string)",
  connection: "list(connection)",
};

/** The type of a list's elements; null: it is no list. */
export function elementOf(type: Type): Element | null {
  return ELEMENTS.find((element) => LISTS[element] === type) ?? null;
}

/** The type of a list of such values; null: there is none. */
export function listOf(type: Type): ListType | null {
  const lists: Readonly<Partial<Record<Type, ListType>>> = LISTS;
  return lists[type] ?? null;
}

/** The properties of the two types that have them; `celOrganization` makes such values. */
export const PROPERTIES: Readonly<Record<"organization" | "connection", ReadonlyMap<string, Type>>> = {
  organization: new Map([
    ["id", "string"],
    ["name", "string"],
    ["display_name", "string"],
    ["connections", "list(connection)"],
  ]),
  connection: new Map([
    ["id", "string"],
    ["name", "string"],
    ["strategy", "string"],
    ["kind", "string"],
    ["assign_membership_on_login", "bool"],
    ["show_as_button", "bool"],
    ["is_signup_enabled", "bool"],
  ]),
};
