/**
 * An execution that survives its process: a finished step's result is saved and never computed again. Code between
 * steps must be deterministic; a step's result must be small JSON, and never a token.
 */
export interface Execution {
  step<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** How many more steps and waits it surely holds; the answer is the same in every replay. */
  operationsLeft(): number;
  /** Lets time pass without holding the process: the invocation may end here and another go on. */
  wait(name: string, seconds: number): Promise<void>;
}
