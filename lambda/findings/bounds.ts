/** The bounds of a policy file. Text is measured in UTF-16 code units. */

/** Of the policy file, in characters. */
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
