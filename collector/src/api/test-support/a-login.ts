/** An identity provider for tests: real keys, and tokens that are as they should be but for what a test changes. */
import { type CryptoKey, exportJWK, generateKeyPair, type JSONWebKeySet, type JWTPayload, SignJWT } from "jose";

/** Whose tokens the collector believes. */
export const loginRules = {
  issuer: "https://login.example.net/application/o/nodekeeper/",
  audience: "nodekeeper-client",
} as const;

/** The provider. */
export interface TestLogin {
  readonly jwks: JSONWebKeySet;
  /** A token of a user in groups; claims of undefined are left out. */
  token(user: string, groups: readonly string[], changes?: TokenChanges): Promise<string>;
}

/** What is wrong with a token. */
export interface TokenChanges {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signs in place of the provider's key. */
  readonly key?: CryptoKey | Uint8Array;
}

/** A provider with a key of its own. `nowMs` is when its tokens begin. */
export async function aLogin(nowMs: number): Promise<TestLogin> {
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "first", alg: "ES256", use: "sig" };
  return {
    jwks: { keys: [jwk] },
    token(user, groups, { claims = {}, header = {}, key = privateKey } = {}) {
      const nowSeconds = Math.floor(nowMs / 1000);
      const usual = {
        iss: loginRules.issuer,
        aud: loginRules.audience,
        sub: `hash-of-${user}`,
        iat: nowSeconds,
        exp: nowSeconds + 300,
        preferred_username: user,
        groups,
      };
      const payload = Object.entries({ ...usual, ...claims }).filter(([, value]) => value !== undefined);
      const signer = new SignJWT(Object.fromEntries(payload) as JWTPayload); // wrong types are what some tests are about
      return signer.setProtectedHeader({ alg: "ES256", kid: "first", ...header }).sign(key);
    },
  };
}
