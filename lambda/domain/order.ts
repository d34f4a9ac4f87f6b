/**
 * The order of the evidence: by UTF-16 code units, without a locale. For ASCII, which IDs and keys consist of, that is
 * the order of their bytes, as S3 lists keys.
 */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
