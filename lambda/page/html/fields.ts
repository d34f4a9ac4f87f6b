import { SEVERITIES, type Severity } from "../../domain/change.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";

/** A choice among some values, or all of them. */
export function choiceField(
  name: string,
  label: string,
  values: readonly (readonly [value: string, label: string])[],
  chosen: string | null,
): Markup {
  return markup`<p><label for="${name}">${label}</label><select id="${name}" name="${name}">
<option value="">All</option>
${values.map(([value, text]) => markup`<option value="${value}"${value === chosen ? markup` selected` : NOTHING}>${text}</option>`)}
</select></p>`;
}

/** A choice of a severity. */
export function severityField(chosen: Severity | null): Markup {
  return choiceField(
    "severity",
    "Severity",
    SEVERITIES.map((one) => [one, one]),
    chosen,
  );
}
