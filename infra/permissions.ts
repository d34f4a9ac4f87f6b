import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
type OneOrMany = string | readonly string[];

/** A statement that allows actions on resources. */
export function allow(sid: string, actions: OneOrMany, resources: OneOrMany, conditions: Conditions = {}) {
  return new PolicyStatement({ sid, actions: [actions].flat(), resources: [resources].flat(), conditions });
}

export interface ServiceRoleProps {
  /** The service that assumes the role, such as `lambda`. */
  readonly service: string;
  /** When it may assume the role. Default: always. */
  readonly conditions?: Conditions;
  readonly description: string;
  readonly statements: readonly PolicyStatement[];
}

/** A role for a service. Pass `withoutPolicyUpdates()` on, so that the CDK does not add statements. */
export function serviceRole(scope: Construct, id: string, props: ServiceRoleProps): Role {
  const { service, conditions, description, statements } = props;
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal(`${service}.amazonaws.com`, conditions === undefined ? {} : { conditions }),
    description,
    inlinePolicies: { permissions: new PolicyDocument({ statements: [...statements] }) },
  });
}
