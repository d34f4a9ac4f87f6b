/**
 * An execution that survives its process: the result of a finished step is saved and never computed again. Code between
 * steps must be deterministic. A step's result must be small JSON, without secrets.
 */
export interface Execution {
  step<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** How many more steps and waits are certain to fit; the same in every replay. */
  operationsLeft(): number;
  /** Waits without keeping the process: the invocation may end here, and another one resumes. */
  wait(name: string, seconds: number): Promise<void>;
}
