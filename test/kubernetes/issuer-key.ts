/** Keys of an issuer of ServiceAccount tokens, and tokens that are signed with them: the real ones, and any that somebody could forge. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** RSA is what kubeadm and K3s make; the API server takes both. */
export type KeyKind = "RS256" | "ES256";

/** A key pair. */
export interface IssuerKey {
  readonly kind: KeyKind;
  /** As the API server calls it in tokens and in its JWKS. */
  readonly id: string;
  /** PEM. */
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Changes of a header that somebody forges. */
export type TokenHeader = Readonly<Record<string, unknown>>;

/** Makes one. */
export function createIssuerKey(kind: KeyKind = "RS256"): IssuerKey {
  const pair =
    kind === "RS256"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    kind,
    id: createHash("sha256")
      .update(pair.publicKey.export({ type: "spki", format: "der" }))
      .digest("base64url"),
    privateKey: pair.privateKey.export({ type: kind === "RS256" ? "pkcs1" : "sec1", format: "pem" }).toString(),
    publicKey: pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

/** Signs claims as they are; `header` takes the place of fields that an honest token has. */
export function signToken(key: IssuerKey, claims: object, header: TokenHeader = {}): string {
  const head = encoded({ alg: key.kind, kid: key.id, ...header });
  const signed = `${head}.${encoded(claims)}`;
  return `${signed}.${signature(createPrivateKey(key.privateKey), signed)}`;
}

/** The key in the form of a JWKS. */
export function publicJwk(key: IssuerKey): Readonly<Record<string, unknown>> {
  const jwk = createPublicKey(key.publicKey).export({ format: "jwk" });
  return { use: "sig", kid: key.id, alg: key.kind, ...jwk };
}

/** What a token says. Nothing is verified. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ""] = token.split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as Readonly<Record<string, unknown>>; // a JWT's payload is an object
}

/** Writes the pair where an API server reads it. */
export async function writeIssuerKey(
  folder: string,
  key: IssuerKey,
): Promise<{ readonly signing: string; readonly public: string }> {
  const files = { signing: join(folder, `${key.id}.key`), public: join(folder, `${key.id}.pub`) };
  await writeFile(files.signing, key.privateKey, { mode: 0o600 });
  await writeFile(files.public, key.publicKey);
  return files;
}

function signature(key: KeyObject, text: string): string {
  return sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
