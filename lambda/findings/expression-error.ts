/** An expression that cannot be a rule. The message says why, without a period. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

/** What a library says of an expression. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
