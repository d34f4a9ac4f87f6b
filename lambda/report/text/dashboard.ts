import type { Domain, OrganizationId } from "../../domain/identifiers.ts";

/** A tenant's own domain; the region is absent for older tenants in the US. Custom domains and private clouds differ. */
const TENANT_DOMAIN = /^([a-z0-9-]+)(?:\.([a-z]{2}(?:-\d)?))?\.auth0\.com$/;

/**
 * The page of an Organization in the Auth0 Dashboard; null where it is not certain. As the `auth0 orgs open` command of
 * Auth0's CLI builds it (https://github.com/auth0/auth0-cli, formatManageTenantURL and formatOrganizationDetailsPath).
 */
export function dashboardUrl(domain: Domain, organizationId: OrganizationId): string | null {
  const [, tenant, region = "us"] = TENANT_DOMAIN.exec(domain) ?? [];
  if (tenant === undefined) return null;
  return `https://manage.auth0.com/dashboard/${region}/${tenant}/organizations/${encodeURIComponent(organizationId)}/overview`;
}
