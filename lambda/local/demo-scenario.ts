import type { JsonObject } from "../core/model.ts";
import type { DemoOrganization, DemoTenant } from "./demo-tenant.ts";

/** A software company's customers: most sign in through their own identity provider. */
const CUSTOMERS = [
  "Acme Aerospace",
  "Aldgate Insurance",
  "Alpine Robotics",
  "Baltic Freight",
  "Beacon Health",
  "Birch & Partners",
  "Blue Fjord Energy",
  "Bolt Logistics",
  "Brightwater Foods",
  "Caldera Mining",
  "Canopy Biotech",
  "Cedar Grove Schools",
  "Cobalt Analytics",
  "Copperline Rail",
  "Dovetail Furniture",
  "Eastgate Hospitals",
  "Ember Security",
  "Falcon Couriers",
  "Fenwick Legal",
  "Foundry Eleven",
  "Garnet Hotels",
  "Glacier Telecom",
  "Granite Bank",
  "Harbour Shipping",
  "Hazel Publishing",
  "Helix Pharma",
  "Horizon Travel",
  "Ironbridge Steel",
  "Juniper Retail",
  "Kestrel Aviation",
] as const;

const STRATEGIES = ["samlp", "oidc", "waad", "okta"] as const;

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

function customer(displayName: string, number: number): DemoOrganization {
  const name = displayName.toLowerCase().replaceAll(/[^a-z]+/g, "-");
  const strategy = STRATEGIES[number % STRATEGIES.length] ?? "samlp";
  const own = connection(100 + number, `${name}-${strategy}`, strategy, { assign: number % 9 === 4 });
  return {
    id: id("org", number),
    name,
    displayName,
    connections: number % 7 === 6 ? [own, DATABASE] : [own],
  };
}

/** The demo tenant's Organizations before anything happens. */
export function demoOrganizations(): DemoOrganization[] {
  return CUSTOMERS.map(customer);
}

/** What happens between the two runs of the demo: one of each kind of change that one wants to hear of. */
export function demoChanges(tenant: DemoTenant): void {
  const at = (number: number): DemoOrganization => {
    const organization = tenant.organizations.get(id("org", number));
    if (organization === undefined) throw new RangeError(`The demo has no Organization ${number}.`);
    return organization;
  };
  const set = (number: number, properties: JsonObject) => {
    const organization = at(number);
    organization.connections = organization.connections.map((one, index) =>
      index === 0 ? { ...one, ...properties } : one,
    );
  };
  at(0).connections.push(GOOGLE);
  set(7, { assign_membership_on_login: true });
  set(22, { is_signup_enabled: true });
  at(25).connections = [];
  set(11, { show_as_button: false });
  at(3).displayName = "Baltic Freight Group";
  tenant.organizations.delete(id("org", 19));
  const arrival = customer("Lantern Media", CUSTOMERS.length);
  tenant.organizations.set(arrival.id, arrival);
  // One that cannot be read: it is told as not read, and never as a change.
  at(15).connections = [];
  tenant.fault = ({ route, id: asked, response }) => {
    if (route !== "connections" || asked !== id("org", 15)) return false;
    response.writeHead(500, { "Content-Type": "application/json" });
    response.end('{"statusCode":500,"error":"Internal Server Error","message":"Internal error"}');
    return true;
  };
}
