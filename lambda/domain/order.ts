/**
 * The one order of the evidence: by UTF-16 code units, no locale. For the ASCII that IDs and keys are made of, it is
 * the order of their bytes, which is how S3 lists keys.
 */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
