import { createECDH, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as v from "valibot";

const signSchema = v.object({
  KeyId: v.string(),
  Message: v.string(),
  MessageType: v.literal("DIGEST"),
  SigningAlgorithm: v.literal("ECDSA_SHA_256"),
});

/** What KMS refuses with, by name and status; null: it signs. `unsigned`: it answers without a signature. */
export type KmsFault = { readonly name: string; readonly status: number } | "unsigned" | null;

export interface LoopbackKms {
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: 1;
  };
  readonly publicKey: KeyObject;
  fault: KmsFault;
  close(): Promise<void>;
}

/** The one operation of AWS KMS that the product uses, `Sign` of a digest with an ECC_NIST_P256 key, for the real SDK. */
export async function startLoopbackKms(): Promise<LoopbackKms> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server: Server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request)).toString();
    const asked = v.safeParse(signSchema, JSON.parse(body));
    const isSign = request.headers["x-amz-target"] === "TrentService.Sign" && asked.success;
    const fault = isSign ? kms.fault : { name: "ValidationException", status: 400 };
    response.setHeader("content-type", "application/x-amz-json-1.1");
    if (fault !== null && fault !== "unsigned") {
      response.writeHead(fault.status).end(JSON.stringify({ __type: fault.name, message: "Loopback refuses." }));
      return;
    }
    const digest = Buffer.from(asked.success ? asked.output.Message : "", "base64");
    const signature = signDigest(privateKey, digest).toString("base64");
    response.end(JSON.stringify(fault === "unsigned" ? {} : { Signature: signature }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const kms: LoopbackKms = {
    clientConfig: {
      endpoint: `http://127.0.0.1:${port}`,
      region: "eu-central-1",
      credentials: { accessKeyId: "AKIALOOPBACK", secretAccessKey: "loopback-secret-access-key" },
      maxAttempts: 1,
    },
    publicKey: createPublicKey(privateKey),
    fault: null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return kms;
}

/** The order of P-256 (FIPS 186-5). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** ECDSA of a digest itself, in DER: Node.js signs messages only, which it hashes. */
function signDigest(privateKey: KeyObject, digest: Uint8Array): Buffer {
  const secret = number(Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url"));
  const nonce = (number(randomBytes(40)) % (ORDER - 1n)) + 1n;
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(Buffer.from(nonce.toString(16).padStart(64, "0"), "hex"));
  const r = number(curve.getPublicKey().subarray(1, 33)) % ORDER;
  const s = (inverse(nonce) * (number(digest) + r * secret)) % ORDER;
  const content = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

/** By Fermat's little theorem: the order is prime. */
function inverse(value: bigint): bigint {
  let [result, base] = [1n, value % ORDER];
  for (let exponent = ORDER - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % ORDER;
    base = (base * base) % ORDER;
  }
  return result;
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  const unsigned = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, unsigned.length]), unsigned]);
}
