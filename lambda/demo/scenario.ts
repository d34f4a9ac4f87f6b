import type { ChangeKind, Severity } from "../domain/change.ts";
import type { JsonObject } from "../domain/json.ts";
import type { BucketOptions } from "./bucket.ts";
import type { DemoOrganization } from "./organizations.ts";
import type { DemoTenant } from "./tenant.ts";

/** Small enough to be seen at work, large enough for two runs in about ten seconds. */
export const DEMO_BUCKET: BucketOptions = { kind: "drip", limit: 20, perSecond: 20 };

/** A software company's customers: most sign in through their own identity provider. */
const CUSTOMERS = [
  "Acme Aerospace",
  "Aldgate Insurance",
  "Alpine Robotics",
  "Amberley Foods",
  "Baltic Freight",
  "Beacon Health",
  "Birch & Partners",
  "Blue Fjord Energy",
  "Bolt Logistics",
  "Brightwater Utilities",
  "Caldera Mining",
  "Canopy Biotech",
  "Cedar Grove Schools",
  "Clearfield Dental",
  "Cobalt Analytics",
  "Copperline Rail",
  "Dovetail Furniture",
  "Dunmore Castings",
  "Eastgate Hospitals",
  "Elmwood Housing",
  "Ember Security",
  "Falcon Couriers",
  "Fenwick Legal",
  "Fieldstone Seeds",
  "Foundry Eleven",
  "Garnet Hotels",
  "Glacier Telecom",
  "Granite Bank",
  "Greyhaven Shipyard",
  "Harbour Shipping",
  "Hazel Publishing",
  "Helix Pharma",
  "Hillcrest University",
  "Horizon Travel",
  "Indigo Textiles",
  "Ironbridge Steel",
  "Juniper Retail",
  "Kestrel Aviation",
  "Kingfisher Studios",
  "Larkspur Cosmetics",
  "Limestone Quarries",
  "Longmeadow Dairy",
  "Magnolia Clinics",
  "Maple Street Credit Union",
  "Meridian Maps",
  "Northgate Parking",
  "Oakhurst Vineyards",
  "Orchid Wellness",
  "Osprey Drones",
  "Pinnacle Sports",
  "Quayside Seafood",
  "Redwood Timber",
  "Rivermark Media",
  "Sable Motors",
  "Saltmarsh Ceramics",
  "Silverline Transit",
  "Stonebridge Capital",
  "Thistle Distillery",
  "Umbra Lighting",
  "Westbrook Council",
] as const;
type Customer = (typeof CUSTOMERS)[number];

/** Enterprise strategies of Auth0. */
const STRATEGIES = ["samlp", "oidc", "waad", "okta", "google-apps", "adfs"] as const;

function id(prefix: "org" | "con", number: number): string {
  return `${prefix}_demo${String(number).padStart(12, "0")}`;
}

function connection(
  number: number,
  name: string,
  strategy: string,
  flags: { readonly assign?: boolean; readonly signup?: boolean } = {},
): JsonObject {
  return {
    connection_id: id("con", number),
    assign_membership_on_login: flags.assign ?? false,
    show_as_button: true,
    is_signup_enabled: flags.signup ?? false,
    connection: { name, strategy },
  };
}

const DATABASE = connection(1, "Username-Password-Authentication", "auth0");
const GOOGLE = connection(2, "google-oauth2", "google-oauth2");
const ARRIVAL = customer("Lantern Media", CUSTOMERS.length);

function customer(displayName: string, number: number): DemoOrganization {
  const name = displayName.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  const strategy = STRATEGIES[number % STRATEGIES.length] ?? "samlp";
  const own = connection(ownConnection(number), `${name}-${strategy}`, strategy, { assign: number % 9 === 4 });
  const connections = number % 11 === 10 ? [own, DATABASE] : number % 17 === 16 ? [GOOGLE, DATABASE] : [own];
  return { id: id("org", number), name, displayName, connections };
}

function ownConnection(number: number): number {
  return 100 + number;
}

function organizationId(name: Customer): string {
  return id("org", CUSTOMERS.indexOf(name));
}

function connectionId(name: Customer): string {
  return id("con", ownConnection(CUSTOMERS.indexOf(name)));
}

/** The demo tenant's Organizations before anything happens. */
export function demoOrganizations(): DemoOrganization[] {
  return CUSTOMERS.map(customer);
}

/** One that the second run cannot read: it is told as not read, and never as a change. */
export const UNREADABLE: Customer = "Eastgate Hospitals";

/** What happens between the two runs of the demo: one of each kind of change that one wants to hear of. */
export function demoChanges(tenant: DemoTenant): void {
  const { organizations } = tenant;
  const update = (name: Customer, properties: JsonObject) =>
    organizations.update(organizationId(name), connectionId(name), properties);
  organizations.enable(organizationId("Acme Aerospace"), GOOGLE);
  update("Bolt Logistics", { assign_membership_on_login: true });
  update("Granite Bank", { is_signup_enabled: true });
  organizations.disable(organizationId("Helix Pharma"), connectionId("Helix Pharma"));
  update("Cedar Grove Schools", { show_as_button: false });
  organizations.rename(organizationId("Baltic Freight"), { displayName: "Baltic Freight Group" });
  organizations.delete(organizationId("Foundry Eleven"));
  organizations.set(ARRIVAL.id, structuredClone(ARRIVAL));
  organizations.disable(organizationId(UNREADABLE), connectionId(UNREADABLE));
  tenant.fault = ({ route, id: asked, response }) => {
    if (route !== "connections" || asked !== organizationId(UNREADABLE)) return false;
    response.writeHead(500, { "Content-Type": "application/json" });
    response.end('{"statusCode":500,"error":"Internal Server Error","message":"Internal error"}');
    return true;
  };
}

/** What the second run must tell of `demoChanges`: all of it, and nothing else. */
export const EXPECTED_DEMO_CHANGES: readonly {
  readonly organizationId: string;
  readonly change: ChangeKind;
  readonly severity: Severity;
}[] = [
  { organizationId: organizationId("Acme Aerospace"), change: "connection_enabled", severity: "high" },
  { organizationId: organizationId("Baltic Freight"), change: "organization_renamed", severity: "low" },
  { organizationId: organizationId("Bolt Logistics"), change: "connection_updated", severity: "high" },
  { organizationId: organizationId("Cedar Grove Schools"), change: "connection_updated", severity: "low" },
  { organizationId: organizationId("Foundry Eleven"), change: "organization_deleted", severity: "medium" },
  { organizationId: organizationId("Foundry Eleven"), change: "connection_disabled", severity: "medium" },
  { organizationId: organizationId("Granite Bank"), change: "connection_updated", severity: "high" },
  { organizationId: organizationId("Helix Pharma"), change: "connection_disabled", severity: "high" },
  { organizationId: ARRIVAL.id, change: "organization_created", severity: "medium" },
  { organizationId: ARRIVAL.id, change: "connection_enabled", severity: "medium" },
];
