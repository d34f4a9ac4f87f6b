/**
 * check.sh of a package. It needs a POSIX shell, sha256sum, jq and gzip, and nothing of this program. It is a constant: no
 * name of the tenant is part of it.
 */
export const CHECK_SCRIPT = `#!/bin/sh
# Checks this package. Needs: sha256sum, jq, gzip. Reads the files of this folder, and writes nothing.
set -eu
cd "$(dirname "$0")"
fail() { echo "NOT VALID: $1" >&2; exit 1; }
hash_of() { sha256sum "$1" | cut -d ' ' -f 1; }

sha256sum --check --quiet --strict SHA256SUMS || fail "a file is not as it was packed"
echo "1. Files: every file is as it was packed."

organization=$(jq -r .organization_id statement.json)
runs=$(jq -r '.runs[].run_id' statement.json)
before=
for run in $runs; do
  manifest="manifests/$run.json"
  [ "$(hash_of "$manifest")" = "$(jq -r --arg run "$run" '.runs[] | select(.run_id == $run) | .manifest_sha256' statement.json)" ] ||
    fail "$manifest is not the manifest of the statement"
  if [ -n "$before" ]; then
    [ "$(jq -r '.previous.run_id // ""' "$manifest")" = "$before" ] || fail "$manifest does not name run $before as the one before it"
    [ "$(jq -r .previous.sha256 "$manifest")" = "$(hash_of "manifests/$before.json")" ] || fail "manifests/$before.json is not what $manifest recorded"
  fi
  before=$run
done
echo "2. Chain: each manifest has the SHA-256 of the one before it."
[ -z "$before" ] || echo "   The last one: run $before, SHA-256 $(hash_of "manifests/$before.json")"
echo "   Compare it with a hash that you have from another source: an e-mail, an event, a log."

if [ "$(jq -r .has_parts statement.json)" != true ]; then
  echo "3. Lines: NOT CHECKED. This package has no parts; README.md says what that means."
  exit 0
fi
could_hold='.files[] | select(.role == $role and .rows > 0 and (.role == "operations" or
  ((.first_organization_id == null or .first_organization_id <= $id) and (.last_organization_id == null or .last_organization_id >= $id))))'
for run in $runs; do
  for role in snapshot changes findings operations; do
    jq -r --arg id "$organization" --arg role "$role" "$could_hold | .key + \\" \\" + .sha256" "manifests/$run.json" |
    while read -r key sha256; do
      [ -f "parts/$key" ] || fail "parts/$key is missing: it could have a line about the Organization"
      [ "$(gzip -dc "parts/$key" | sha256sum | cut -d ' ' -f 1)" = "$sha256" ] || fail "parts/$key is not what manifests/$run.json recorded"
    done
  done
done
echo "3. Parts: each has the content that its manifest recorded, and none that could name the Organization is missing."
for role in snapshot changes findings operations; do
  packed=$(case $role in snapshot) echo states.ndjson ;; *) echo "$role.ndjson" ;; esac)
  stored=$(for run in $runs; do
    jq -r --arg id "$organization" --arg role "$role" "$could_hold | .key" "manifests/$run.json" |
    while read -r key; do gzip -dc "parts/$key" | jq -cS --arg id "$organization" 'select(.organization_id == $id)'; done
  done)
  [ "$stored" = "$([ ! -f "$packed" ] || jq -cS . "$packed")" ] || fail "$packed does not have the lines of the parts"
done
echo "4. Lines: they are the Organization's lines in these parts, all of them."
`;
