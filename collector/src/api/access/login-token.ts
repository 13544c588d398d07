/**
 * Verifies the token that an identity provider's proxy adds to each request (X-Authentik-Jwt). Only signatures with a public key count: with a
 * shared secret (HS…) whoever has a public key could sign with it, and `none` is no signature.
 */
import { AppError, type Clock } from "@nodekeeper/shared";
import { errors, type JWTPayload, jwtVerify } from "jose";
import { isPersonName } from "./person-name.ts";
import type { Principal } from "./principal.ts";
import { type GroupRights, scopesOfGroups } from "./scopes-of-groups.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Whose tokens count. */
export interface LoginRules {
  readonly issuer: string;
  readonly audience: string;
  readonly groups: GroupRights;
}

/** Signatures with public keys (RFC 7518, RFC 8037, RFC 9864). */
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];
/** How far the provider's clock and ours may differ. */
const clockToleranceSeconds = 30;

/** Who the token speaks of. Throws IDENTITY_REFUSED, IDENTITY_EXPIRED or IDENTITY_UNVERIFIABLE, in words that give nothing away. */
export async function verifyLoginToken(text: string, keys: SigningKeys, rules: LoginRules, clock: Clock): Promise<Principal> {
  const { issuer, audience, groups } = rules;
  try {
    const { payload } = await jwtVerify(text, keys.find, {
      ...{ issuer, audience, algorithms, clockTolerance: clockToleranceSeconds },
      currentDate: new Date(clock.wallMs()),
      requiredClaims: ["exp"],
    });
    return {
      kind: "user",
      name: nameOf(payload),
      scopes: scopesOfGroups(textsOf(payload["groups"]), groups),
      isBrowserBorne: true,
      expiresAtMs: (payload.exp ?? 0) * 1000,
    };
  } catch (thrown) {
    throw explain(thrown, rules);
  }
}

/** What people are called; the subject, which is a hash in some logins, where nothing better is told. */
function nameOf(payload: JWTPayload): string {
  const given = [payload["preferred_username"], payload.sub].find((name) => typeof name === "string" && name !== "");
  if (typeof given === "string" && isPersonName(given)) return given;
  throw new AppError("IDENTITY_REFUSED", "the login's token names nobody (claims preferred_username and sub)");
}

function textsOf(claim: unknown): readonly string[] {
  return Array.isArray(claim) ? claim.filter((item): item is string => typeof item === "string") : [];
}

function explain(thrown: unknown, { issuer, audience }: LoginRules): AppError {
  if (thrown instanceof AppError) return thrown;
  const refuse = (why: string): AppError => new AppError("IDENTITY_REFUSED", `the login's token ${why}`, { cause: thrown });
  if (thrown instanceof errors.JWTExpired) {
    return new AppError("IDENTITY_EXPIRED", "the login is past its time: log in again", { cause: thrown });
  }
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    if (thrown.claim === "iss") return refuse(`is not of ${issuer}`);
    if (thrown.claim === "aud") return refuse(`is for somebody else than ${audience}`);
    return refuse(`has a claim ${thrown.claim} that is missing or does not hold`);
  }
  if (thrown instanceof errors.JOSEAlgNotAllowed) {
    return refuse("is not signed with a public key: give the provider a signing key (RS256 or ES256)");
  }
  if (thrown instanceof errors.JWKSNoMatchingKey) return refuse("is signed with a key that the login does not have");
  if (thrown instanceof errors.JOSEError) return refuse("is not valid, or its signature does not hold");
  return AppError.from(thrown);
}
