import { ConfigurationError } from "../domain/errors.ts";

/** Reads a variable that the stack sets. Throws `ConfigurationError` when it is missing. */
export function required(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  const value = environment[name];
  if (!value) throw new ConfigurationError(`${name}: the environment variable is missing; deploy the stack again.`);
  return value;
}
