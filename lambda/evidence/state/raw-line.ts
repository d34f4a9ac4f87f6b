const ORGANIZATION_KEY = '"organization_id":"';
const CONNECTION_KEY = '"connection_id":"';

/**
 * Whether a stored line can be about one of some Organizations; true also where only decoding it can tell. It costs a
 * hundredth of decoding the line.
 */
export function mayBeAbout(line: string, organizationIds: ReadonlySet<string>): boolean {
  const at = line.indexOf(ORGANIZATION_KEY);
  return at === -1 || isAmong(line, at + ORGANIZATION_KEY.length, organizationIds);
}

/** Whether a stored line can name one of some connections; as `mayBeAbout`. */
export function mayName(line: string, connectionIds: ReadonlySet<string>): boolean {
  for (let at = line.indexOf(CONNECTION_KEY); at !== -1; at = line.indexOf(CONNECTION_KEY, at + 1))
    if (isAmong(line, at + CONNECTION_KEY.length, connectionIds)) return true;
  return false;
}

function isAmong(line: string, start: number, ids: ReadonlySet<string>): boolean {
  const id = line.slice(start, line.indexOf('"', start));
  // An escaped character: what it stands for, only decoding tells.
  return id.includes("\\") || ids.has(id);
}
