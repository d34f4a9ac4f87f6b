import { fork } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DurableLambdaHandler } from "@aws/durable-execution-sdk-js";
import { App } from "aws-cdk-lib";
import * as v from "valibot";
import { readConfiguration } from "../../infra/configuration/configuration.ts";
import { AuditorStack } from "../../infra/stack.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import { runDurably } from "../../lambda/execution/local/engine.ts";
import type { LambdaAnswer, LambdaInvocation } from "./lambda-process.ts";
import type { LoopbackAws } from "./loopback-aws.ts";
import { LoopbackDurableService } from "./loopback-durable-service.ts";
import { ResolvedTemplate } from "./resolved-template.ts";

const PROCESS = join(import.meta.dirname, "lambda-process.ts");
const INVOCATION_MS = 900_000;
/** The waits of the durable service are over at once. */
const NO_WAITS: Clock = { now: () => Date.now(), sleep: async () => {} };

const functionSchema = v.object({
  Handler: v.string(),
  Role: v.object({ "Fn::GetAtt": v.tuple([v.string(), v.literal("Arn")]) }),
  Code: v.object({ S3Key: v.string() }),
  Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }),
});
const outputSchema = v.custom<Awaited<ReturnType<DurableLambdaHandler>>>(
  (value) => typeof value === "object" && value !== null && "Status" in value,
);
const scheduleSchema = v.object({ Target: v.object({ Input: v.string() }) });

/** A function as the template describes it: its bundle, its handler, and its environment with every reference resolved. */
interface DeployedFunction {
  readonly module: string;
  readonly handler: string;
  /** The logical ID of its role. */
  readonly role: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** The stack, synthesized with its bundles, and its functions run as Lambda would run them: a process for each start. */
export class Deployed {
  readonly template: ResolvedTemplate;
  readonly #aws: LoopbackAws;
  readonly #service: LoopbackDurableService;
  readonly #folder: string;
  readonly #certificateFile: string;
  readonly #logs: string[] = [];

  private constructor(
    aws: LoopbackAws,
    service: LoopbackDurableService,
    folder: string,
    certificateFile: string,
    template: ResolvedTemplate,
  ) {
    this.#aws = aws;
    this.#service = service;
    this.#folder = folder;
    this.#certificateFile = certificateFile;
    this.template = template;
  }

  /** Synthesizes the stack, bundles and all. `ca` is the authority of the tenant's certificate. */
  static async synthesize(
    context: Readonly<Record<string, unknown>>,
    { aws, ca }: { readonly aws: LoopbackAws; readonly ca: string },
  ): Promise<Deployed> {
    const folder = await mkdtemp(join(tmpdir(), "deployed-"));
    const certificateFile = join(folder, "ca.pem");
    await writeFile(certificateFile, ca);
    const app = new App({ context, outdir: join(folder, "cdk.out") });
    const stack = new AuditorStack(app, "Auditor", { configuration: readConfiguration(app.node) });
    const { templateFullPath } = app.synth().getStackArtifact(stack.artifactId);
    const template = ResolvedTemplate.parse(await readFile(templateFullPath, "utf8"), aws);
    return new Deployed(aws, await LoopbackDurableService.start(), folder, certificateFile, template);
  }

  /** All that the functions ever wrote to their logs. */
  get logs(): string {
    return this.#logs.join("");
  }

  /** All that was checkpointed. */
  get checkpointed(): string {
    return this.#service.checkpointed;
  }

  async close(): Promise<void> {
    await this.#service.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** What the schedule of audits, or of updates, hands over when it fires at `scheduledTime`. */
  scheduledEvent(scheduledTime: string, kind: "sweep" | "update" = "sweep"): unknown {
    const id = kind === "update" ? /Updates/ : /^(?!.*Updates)/;
    const { Target } = v.parse(scheduleSchema, this.template.only("AWS::Scheduler::Schedule", id).properties);
    return JSON.parse(Target.Input.replace("<aws.scheduler.scheduled-time>", scheduledTime));
  }

  /**
   * Starts the audit, or goes on with the execution `name` where a killed process left it. `signal` kills the process at
   * once, as a machine that dies.
   */
  async audit(name: string, event: unknown, signal?: AbortSignal): Promise<unknown> {
    const arn = `arn:aws:lambda:eu-central-1:123456789012:function:deployed:1/durable-execution/${name}/${name}`;
    const { result } = await runDurably({
      handler: (engine) => {
        this.#service.serve(arn, engine);
        return async (input) => {
          const value = await this.#invoke(/AuditFunction/, { ...input, DurableExecutionArn: arn }, signal);
          return v.parse(outputSchema, value);
        };
      },
      event,
      file: join(this.#folder, `${name}.ndjson`),
      clock: NO_WAITS,
      signal: new AbortController().signal,
    });
    return result;
  }

  /** One call of Secrets Manager to the rotation function. */
  rotationStep(step: string, secretId: string, version: string): Promise<unknown> {
    return this.#invoke(/TokenRotationFunction/, { Step: step, SecretId: secretId, ClientRequestToken: version });
  }

  #function(logicalId: RegExp): DeployedFunction {
    const { properties } = this.template.only("AWS::Lambda::Function", logicalId);
    const { Handler, Role, Code, Environment } = v.parse(functionSchema, properties);
    const [file = "", handler = ""] = Handler.split(".");
    return {
      module: join(this.#folder, "cdk.out", `asset.${Code.S3Key.replace(/\.zip$/, "")}`, `${file}.mjs`),
      handler,
      role: Role["Fn::GetAtt"][0],
      environment: this.template.strings(Environment.Variables),
    };
  }

  async #invoke(logicalId: RegExp, event: unknown, signal?: AbortSignal): Promise<unknown> {
    const { module, handler, role, environment } = this.#function(logicalId);
    signal?.throwIfAborted();
    const child = fork(PROCESS, {
      // What Lambda gives, and nothing of this machine's own.
      env: {
        ...environment,
        ...this.#aws.environment,
        // Each request to AWS names the role that makes it.
        AWS_ACCESS_KEY_ID: role,
        AWS_ENDPOINT_URL_LAMBDA: this.#service.url,
        AWS_LAMBDA_FUNCTION_NAME: "deployed",
        NODE_EXTRA_CA_CERTS: this.#certificateFile,
      },
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => this.#logs.push(chunk.toString()));
    const kill = () => child.kill("SIGKILL");
    signal?.addEventListener("abort", kill, { once: true });
    try {
      const answer = await new Promise<LambdaAnswer>((resolve, reject) => {
        child.once("message", (message: LambdaAnswer) => resolve(message));
        child.once("exit", (code, killedBy) => reject(new Error(`The process ended with ${killedBy ?? code}.`)));
        child.send({ module, handler, event, remainingMs: INVOCATION_MS } satisfies LambdaInvocation);
      });
      if (answer.kind === "threw") throw new Error(`${answer.name}: ${answer.message}`);
      return answer.value;
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  }
}
