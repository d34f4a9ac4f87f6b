import { ARRIVAL, demoOrganizations } from "../../lambda/demo/scenario.ts";
import type { ChangeKind, Severity } from "../../lambda/domain/change.ts";

interface DemoChange {
  readonly organizationId: string;
  readonly change: ChangeKind;
  readonly severity: Severity;
}

/** What the second run of the demo must report, in this order, and nothing else. */
export const EXPECTED_DEMO_CHANGES: readonly DemoChange[] = [
  expected("Acme Aerospace", "connection_enabled", "high"),
  expected("Baltic Freight", "organization_renamed", "low"),
  expected("Bolt Logistics", "connection_updated", "medium"),
  expected("Caldera Mining", "connection_updated", "high"),
  expected("Cedar Grove Schools", "connection_updated", "high"),
  expected("Foundry Eleven", "organization_deleted", "medium"),
  expected("Foundry Eleven", "connection_disabled", "medium"),
  expected("Helix Pharma", "connection_disabled", "high"),
  expected("Hillcrest University", "connection_disabled", "medium"),
  expected("Lantern Media", "organization_created", "medium"),
  expected("Lantern Media", "connection_enabled", "medium"),
];

function expected(name: string, change: ChangeKind, severity: Severity): DemoChange {
  const { id: organizationId } = [...demoOrganizations(), ARRIVAL].find((one) => one.displayName === name) ?? {
    id: "",
  };
  return { organizationId, change, severity };
}
