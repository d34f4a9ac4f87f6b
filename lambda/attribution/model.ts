import { enabledConnection } from "../domain/enabled-connection.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import { type Action, DEFAULT_SETTINGS, SETTING_NAMES, type SettingName, type Settings } from "./action.ts";

/** What one observation says of an Organization. */
export interface OrganizationState {
  readonly exists: boolean;
  readonly name: string | null;
  readonly displayName: string | null;
  readonly connections: readonly EnabledConnection[];
}

/**
 * The settings of a connection in an Organization. They are kept while it is not enabled, and no observation shows them
 * then: absent ones are not known.
 */
export type Association = Settings & { readonly isEnabled: boolean };

/** An Organization in the model. */
export interface Model {
  readonly exists: boolean;
  readonly name: string | null;
  readonly displayName: string | null;
  readonly associations: ReadonlyMap<string, Association>;
}

/** The model of an observed state. */
export function modelOf({ connections, displayName, exists, name }: OrganizationState): Model {
  const associations = new Map<string, Association>(
    connections.map((one) => [
      one.connectionId,
      {
        isEnabled: true,
        assign_membership_on_login: one.assignMembershipOnLogin,
        show_as_button: one.showAsButton,
        is_signup_enabled: one.isSignupEnabled,
      },
    ]),
  );
  return { exists, name, displayName, associations };
}

/** The model after a successful action. */
export function applied(model: Model, action: Action): Model {
  switch (action.kind) {
    case "create":
      return action.connections.reduce<Model>(
        (created, { connectionId, settings }) => enabled(created, connectionId, { ...DEFAULT_SETTINGS, ...settings }),
        { ...model, exists: true },
      );
    case "enable":
      return enabled(model, action.connectionId, { ...DEFAULT_SETTINGS, ...action.settings });
    case "update": {
      const known = model.associations.get(action.connectionId) ?? { isEnabled: false };
      const isEnabled = action.isEnabled ?? known.isEnabled;
      return associated(model, action.connectionId, { ...known, ...action.settings, isEnabled });
    }
    case "disable": {
      const known = model.associations.get(action.connectionId);
      return known === undefined ? model : associated(model, action.connectionId, { ...known, isEnabled: false });
    }
    case "delete": {
      const associations = new Map(
        [...model.associations].map(([id, association]) => [id, { ...association, isEnabled: false }]),
      );
      return { ...model, exists: false, associations };
    }
    case "rename":
      return {
        ...model,
        name: action.name === undefined ? model.name : action.name,
        displayName: action.displayName === undefined ? model.displayName : action.displayName,
      };
    default:
      return model;
  }
}

function enabled(model: Model, connectionId: string, settings: Settings): Model {
  return associated(model, connectionId, { ...settings, isEnabled: true });
}

function associated(model: Model, connectionId: string, association: Association): Model {
  return { ...model, associations: new Map(model.associations).set(connectionId, association) };
}

/** One thing that an observation can see: `enabled` and the settings are of a connection, the others of the Organization. */
export interface Facet {
  readonly connectionId: string | null;
  readonly name: "exists" | "name" | "display_name" | "enabled" | SettingName;
}

/** What an observation of the model would see, by `facetKey`. Settings show while their connection is enabled. */
export type View = ReadonlyMap<string, { readonly facet: Facet; readonly value: boolean | string | null }>;

export function facetKey({ connectionId, name }: Facet): string {
  return connectionId === null ? name : `${name} ${connectionId}`;
}

export function viewOf({ associations, displayName, exists, name }: Model): View {
  const view = new Map<string, { facet: Facet; value: boolean | string | null }>();
  const see = (facet: Facet, value: boolean | string | null) => view.set(facetKey(facet), { facet, value });
  if (exists) {
    see({ connectionId: null, name: "exists" }, true);
    see({ connectionId: null, name: "name" }, name);
    see({ connectionId: null, name: "display_name" }, displayName);
  }
  for (const [connectionId, { isEnabled, ...settings }] of associations) {
    if (!isEnabled) continue;
    see({ connectionId, name: "enabled" }, true);
    for (const name of SETTING_NAMES) {
      const value = settings[name];
      if (value !== undefined) see({ connectionId, name }, value);
    }
  }
  return view;
}

/** What differs between two views. */
export function differingFacets(before: View, after: View): readonly Facet[] {
  const facets: Facet[] = [];
  for (const [key, { facet, value }] of after) if (before.get(key)?.value !== value) facets.push(facet);
  for (const [key, { facet }] of before) if (!after.has(key)) facets.push(facet);
  return facets;
}

/** What is known of connections besides their IDs. */
export type DescribeConnection = (
  connectionId: string,
) => { readonly name: string | null; readonly strategy: string | null } | null;

/** The model's enabled connections, as an observation would have them. */
export function connectionsOf({ associations }: Model, describe: DescribeConnection): readonly EnabledConnection[] {
  return [...associations].flatMap(([connectionId, { isEnabled, ...settings }]) => {
    if (!isEnabled) return [];
    const { name = null, strategy = null } = describe(connectionId) ?? {};
    return [
      enabledConnection({
        connection_id: connectionId,
        ...settings,
        connection: { ...(name === null ? {} : { name }), ...(strategy === null ? {} : { strategy }) },
      }),
    ];
  });
}
