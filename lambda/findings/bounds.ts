/** The bounds of a policy file. Characters are code points, as in its JSON Schema. */

/** Of the policy file, in UTF-16 code units. */
export const LONGEST_POLICY = 1_000_000;
export const MOST_WAIVERS = 2_000;
export const MOST_CUSTOM_RULES = 50;
/** Of a custom rule's ID. */
export const LONGEST_ID = 64;
/** Of a CEL expression. */
export const LONGEST_EXPRESSION = 2_000;
/** Of every other text in the file: a reason, a message, an Organization, ... */
export const LONGEST_TEXT = 500;
/** Of `unread-too-long`, in days. */
export const FEWEST_UNREAD_DAYS = 1;
export const MOST_UNREAD_DAYS = 365;
export const DEFAULT_UNREAD_DAYS = 7;
/** Of a version of a rule. */
export const HIGHEST_VERSION = 10_000;
/** How long before and after its last day a waiver is reported as expiring or expired, in days. */
export const EXPIRY_NOTICE_DAYS = 14;

/** Of a regular expression with its counted repetitions written out, in characters. */
export const LARGEST_PATTERN = 1_000;
/** How deep a CEL expression may be nested, in brackets and in operations. */
export const DEEPEST_EXPRESSION = 100;
/** How deep macros such as `exists` may be nested in one another. */
export const MOST_NESTED_MACROS = 3;
/** The longest name that custom rules read, in characters; Auth0 allows 255. */
export const LONGEST_NAME = 1_000;
/** What evaluating one custom rule for one Organization may cost, in operations (see `workOf`). */
export const MOST_WORK = 200_000;
