import manifest from "../package.json" with { type: "json" };

/** Who makes the evidence, as manifests name it. */
export const PRODUCER = { name: manifest.name, version: manifest.version } as const;

/** How requests introduce themselves. */
export const USER_AGENT = `${PRODUCER.name}/${PRODUCER.version}`;
