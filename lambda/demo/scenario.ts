import type { JsonObject } from "../domain/json.ts";
import { refusal, send } from "./answers.ts";
import type { BucketOptions } from "./bucket.ts";
import type { DemoOrganization } from "./organizations.ts";
import type { DemoActor, DemoTenant } from "./tenant.ts";

/** Small enough that the pacing shows, large enough for two runs in about ten seconds. */
export const DEMO_BUCKET: BucketOptions = { kind: "drip", limit: 20, perSecond: 20 };

/** The customers of a software company: most sign in with their own identity provider. */
const CUSTOMERS = `
Acme Aerospace, Aldgate Insurance, Alpine Robotics, Amberley Foods, Baltic Freight, Beacon Health, Birch & Partners,
Blue Fjord Energy, Bolt Logistics, Brightwater Utilities, Caldera Mining, Canopy Biotech, Cedar Grove Schools,
Clearfield Dental, Cobalt Analytics, Copperline Rail, Dovetail Furniture, Dunmore Castings, Eastgate Hospitals,
Elmwood Housing, Ember Security, Falcon Couriers, Fenwick Legal, Fieldstone Seeds, Foundry Eleven, Garnet Hotels,
Glacier Telecom, Granite Bank, Greyhaven Shipyard, Harbour Shipping, Hazel Publishing, Helix Pharma,
Hillcrest University, Horizon Travel, Indigo Textiles, Ironbridge Steel, Juniper Retail, Kestrel Aviation,
Kingfisher Studios, Larkspur Cosmetics, Limestone Quarries, Longmeadow Dairy, Magnolia Clinics,
Maple Street Credit Union, Meridian Maps, Northgate Parking, Oakhurst Vineyards, Orchid Wellness, Osprey Drones,
Pinnacle Sports, Quayside Seafood, Redwood Timber, Rivermark Media, Sable Motors, Saltmarsh Ceramics,
Silverline Transit, Stonebridge Capital, Thistle Distillery, Umbra Lighting, Westbrook Council
`
  .trim()
  .split(/,\s/);

/** Some of Auth0's enterprise strategies. */
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
/** The Organization that is created between the two runs. */
export const ARRIVAL = customer("Lantern Media", CUSTOMERS.length);
/** The Organization that the second run cannot read: it is reported as unread, and never as a change. */
export const UNREADABLE = "Eastgate Hospitals";
/** What the demo's policy accepts: a connection beside a customer's own identity provider. */
export const ACCEPTED = {
  organization: nameOf("Maple Street Credit Union"),
  connection: "Username-Password-Authentication",
} as const;

function customer(displayName: string, number: number): DemoOrganization {
  const name = nameOf(displayName);
  const strategy = STRATEGIES[number % STRATEGIES.length] ?? "samlp";
  const own = connection(ownConnection(number), `${name}-${strategy}`, strategy, { assign: number % 9 === 4 });
  const connections = number % 11 === 10 ? [own, DATABASE] : number % 17 === 16 ? [GOOGLE, DATABASE] : [own];
  return { id: id("org", number), name, displayName, connections };
}

function nameOf(displayName: string): string {
  return displayName.toLowerCase().replaceAll(/[^a-z]+/g, "-");
}

function ownConnection(number: number): number {
  return 100 + number;
}

/** The IDs of a customer's Organization and of its own connection. */
function idsOf(name: string): readonly [organizationId: string, connectionId: string] {
  const number = CUSTOMERS.indexOf(name);
  if (number < 0) throw new RangeError(`The demo has no customer ${name}.`);
  return [id("org", number), id("con", ownConnection(number))];
}

/** The demo tenant's Organizations in the first run. */
export function demoOrganizations(): DemoOrganization[] {
  return CUSTOMERS.map(customer);
}

const DAY_MS = 86_400_000;

/** The demo tenant has logs from before its first audit, as any tenant in use. */
export function demoPast({ logs }: DemoTenant, nowMs: number): void {
  logs.add({ type: "s", client_name: "Customer portal", ip: "198.51.100.80" }, nowMs - DAY_MS);
}

/** Who changes the demo tenant. */
const ALICE: DemoActor = {
  kind: "dashboard",
  userId: "auth0|demo-alice",
  name: "Alice Example",
  email: "alice@example.com",
  ip: "203.0.113.7",
};
const TERRAFORM: DemoActor = {
  kind: "application",
  clientId: "demo-terraform-client",
  clientName: "terraform",
  userAgent: "Terraform/1.14 (+https://www.terraform.io) auth0/1.44",
  ip: "198.51.100.24",
};
/** The Organization that is opened and closed again between the two runs. */
export const BRIEFLY_OPEN = "Dunmore Castings";

/**
 * Makes one change of each kind that matters, between the two runs of the demo. The tenant's logs have who made them,
 * what came and went, and requests that changed nothing. One change resolves a finding.
 */
export function demoChanges(tenant: DemoTenant): void {
  const { logs, organizations } = tenant;
  const alice = tenant.operator(ALICE);
  const terraform = tenant.operator(TERRAFORM);
  const organizationId = (name: string) => idsOf(name)[0];
  const unreadable = organizationId(UNREADABLE);
  alice.enable(organizationId("Acme Aerospace"), GOOGLE);
  terraform.update(...idsOf("Bolt Logistics"), { assign_membership_on_login: true });
  terraform.update(...idsOf("Bolt Logistics"), {});
  alice.update(organizationId("Caldera Mining"), String(DATABASE.connection_id), {
    assign_membership_on_login: true,
    is_signup_enabled: true,
  });
  alice.enable(organizationId(BRIEFLY_OPEN), GOOGLE);
  alice.disable(organizationId(BRIEFLY_OPEN), String(GOOGLE.connection_id));
  // A connection that is deleted in the whole tenant leaves every Organization that had it.
  const [helix, helixConnection] = idsOf("Helix Pharma");
  organizations.disable(helix, helixConnection);
  logs.record(TERRAFORM, { method: "DELETE", path: `/api/v2/connections/${helixConnection}`, statusCode: 204 });
  alice.disable(organizationId("Hillcrest University"), String(DATABASE.connection_id));
  terraform.update(...idsOf("Cedar Grove Schools"), { show_as_button: false });
  terraform.update(...idsOf("Cedar Grove Schools"), { show_as_button: false });
  alice.rename(organizationId("Baltic Freight"), { displayName: "Baltic Freight Group" });
  alice.delete(organizationId("Foundry Eleven"));
  terraform.create(structuredClone(ARRIVAL));
  logs.record(TERRAFORM, {
    method: "DELETE",
    path: `/api/v2/organizations/${organizationId("Glacier Telecom")}`,
    statusCode: 403,
  });
  alice.disable(...idsOf(UNREADABLE));
  tenant.fault = ({ route, id: asked, response }) => {
    if (route !== "connections" || asked !== unreadable) return false;
    send(response, refusal(500, "Internal Server Error", "Internal error"));
    return true;
  };
}

/** The Organization that is opened after the second run, which the update reports. */
export const LATE = "Granite Bank";

/** What happens before the update: an Organization is opened, and the unread one can be read again. */
export function lateDemoChanges(tenant: DemoTenant): void {
  const [organizationId] = idsOf(LATE);
  tenant.fault = null;
  tenant.operator(ALICE).enable(organizationId, GOOGLE);
}
