import type { EventPattern } from "aws-cdk-lib/aws-events";
import { EVENT_DETAIL_TYPE, EVENT_SOURCE } from "../lambda/contract.ts";

const some = [{ numeric: [">", 0] }];

/**
 * The runs of these tenants that people hear of: failed, partial, or with changes, temporary changes or new findings of
 * high or medium severity. An open finding is reported once, when it is new.
 */
export function noteworthyRuns(tenants: readonly string[]): EventPattern {
  return {
    source: [EVENT_SOURCE],
    detailType: Object.values(EVENT_DETAIL_TYPE),
    detail: {
      tenant: [...tenants],
      $or: [
        { status: ["partial", "failed"] },
        { counts: { severity: { high: some } } },
        { counts: { severity: { medium: some } } },
        { undone: { by_severity: { high: some } } },
        { undone: { by_severity: { medium: some } } },
        { findings: { new_by_severity: { high: some } } },
        { findings: { new_by_severity: { medium: some } } },
      ],
    },
  };
}
