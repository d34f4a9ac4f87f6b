import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { NODE_OPTIONS } from "../../lambda/contract.ts";
import { type BucketOptions, type DemoOrganization, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Measured } from "./rate.ts";
import type { HttpRunResult } from "./rate-run.ts";
import { othersMoments } from "./rate-virtual.ts";

interface Case {
  readonly name: string;
  readonly organizations: number;
  readonly bucket: BucketOptions;
  readonly othersShare?: number;
  readonly ratio: number;
}

const RESERVE = 0.25;
/** The plans' buckets, ten times as fast, so that a run takes seconds. */
const CASES: readonly Case[] = [
  {
    name: "10, 1,000/min, continuous",
    organizations: 400,
    bucket: { kind: "drip", limit: 10, perSecond: 1000 / 60 },
    ratio: 1.05,
  },
  {
    name: "50, 5,000/min, continuous",
    organizations: 2000,
    bucket: { kind: "drip", limit: 50, perSecond: 5000 / 60 },
    ratio: 1.05,
  },
  {
    name: "1200, 12,000/min, continuous",
    organizations: 5000,
    bucket: { kind: "drip", limit: 1200, perSecond: 200 },
    ratio: 1.05,
  },
  {
    name: "100 each 2 s, window",
    organizations: 1000,
    bucket: { kind: "window", limit: 100, perSecond: 50 },
    ratio: 1.05,
  },
  {
    name: "50, 5,000/min, others 30 %",
    organizations: 1500,
    bucket: { kind: "drip", limit: 50, perSecond: 5000 / 60 },
    othersShare: 0.3,
    ratio: 1.05,
  },
];

/** The whole audit over real HTTP on loopback, in a process of its own, so that its cost can be measured. */
export async function* measureOverHttp(): AsyncGenerator<Measured> {
  for (const one of CASES) yield await measure(one);
}

async function measure({ name, organizations, bucket, othersShare = 0, ratio }: Case): Promise<Measured> {
  const tenant = await startDemoTenant({ organizations: organizationsOf(organizations), bucket });
  const out = await mkdtemp(join(tmpdir(), "rate-"));
  let [firstMs, lastMs] = [0, 0];
  const others = { served: 0, refused: 0 };
  const moments = othersMoments(othersShare * bucket.perSecond);
  let nextMs = othersShare > 0 ? Number(moments.next().value) : Number.POSITIVE_INFINITY;
  const take = () => {
    if (firstMs === 0) return;
    for (; nextMs <= performance.now() - firstMs; nextMs = Number(moments.next().value)) {
      if (tenant.takeAsOthers()) others.served += 1;
      else others.refused += 1;
    }
  };
  tenant.fault = ({ route }) => {
    if (route !== "connections") return false;
    lastMs = performance.now();
    if (firstMs === 0) firstMs = lastMs;
    return false;
  };
  const traffic = setInterval(take, 2);
  try {
    const script = join(import.meta.dirname, "rate-run.ts");
    const input = JSON.stringify({ url: tenant.url, token: tenant.token, out, reserve: RESERVE });
    const { stdout } = await promisify(execFile)(process.execPath, [NODE_OPTIONS, script, input]);
    const { cpuMs, lowestRemaining, peakMegabytes }: HttpRunResult = JSON.parse(stdout);
    const elapsedMs = lastMs - firstMs;
    const usable = bucket.limit - Math.ceil(bucket.limit * RESERVE);
    const leftPerMs = bucket.perSecond / 1000 - others.served / elapsedMs;
    return {
      name: `over HTTP: ${name}`,
      organizations,
      requests: tenant.requests.connections,
      elapsedMs,
      idealMs:
        bucket.kind === "drip"
          ? (organizations - usable) / leftPerMs
          : (Math.ceil(organizations / usable) * bucket.limit * 1000) / bucket.perSecond,
      refused: tenant.limited.connections,
      mostRefused: 0,
      othersRefused: others.refused,
      lowestRemaining,
      ratio,
      peakMegabytes,
      cpuMs,
    };
  } finally {
    clearInterval(traffic);
    await tenant.close();
    await rm(out, { recursive: true, force: true });
  }
}

function organizationsOf(count: number): DemoOrganization[] {
  return Array.from({ length: count }, (_, index) => {
    const number = String(index).padStart(16, "0");
    return {
      id: `org_${number}`,
      name: `customer-${index}`,
      displayName: `Customer ${index}`,
      connections: [
        {
          connection_id: `con_${number}`,
          assign_membership_on_login: false,
          show_as_button: true,
          is_signup_enabled: false,
          connection: { name: `sso-${index}`, strategy: "samlp" },
        },
      ],
    };
  });
}
