import { generate } from "selfsigned";

/** A private certificate authority, and a certificate that it issued for `localhost` and `127.0.0.1`. */
export interface HttpsFixture {
  /** PEM, for `NODE_EXTRA_CA_CERTS`. */
  readonly ca: string;
  /** For a server. */
  readonly certificate: { readonly key: string; readonly cert: string };
}

const LIFETIME_MS = 86_400_000;

/** Created for each test, so that no key is kept in the repository. It is valid for a day. */
export async function httpsFixture(): Promise<HttpsFixture> {
  const validity = {
    notBeforeDate: new Date(Date.now() - LIFETIME_MS),
    notAfterDate: new Date(Date.now() + LIFETIME_MS),
  };
  const authority = await generate([{ name: "commonName", value: "Loopback test authority" }], {
    ...validity,
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...validity,
    algorithm: "sha256",
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { ca: authority.cert, certificate: { key: server.private, cert: server.cert } };
}
