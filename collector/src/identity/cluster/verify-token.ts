/** Verifies a ServiceAccount token against the cluster's keys, without asking anybody: signature, issuer, audience, time, and whose it is. */
import { AppError, type Clock } from "@nodekeeper/shared";
import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import type { ObjectName } from "../../clients/kubernetes/text-object.ts";
import { type ClusterKeys, keyAlgorithms } from "./cluster-keys.ts";
import { agentPodOf } from "./service-account-claims.ts";
import { hashOf, type VerifiedToken } from "./verified-tokens.ts";

/** What it is verified against. */
export interface Against {
  readonly keys: Pick<ClusterKeys, "find">;
  readonly audience: string;
  readonly serviceAccount: ObjectName;
  readonly clock: Clock;
}

/** A token whose time begins so much later is taken: no two clocks agree. Its end is the end. */
const clockToleranceSeconds = 30;

/** Whose token it is. Throws IDENTITY_REFUSED, IDENTITY_EXPIRED or IDENTITY_UNVERIFIABLE, in words that have nothing of the token's secret. */
export async function verifyToken(
  token: string,
  { keys, audience, serviceAccount, clock }: Against,
): Promise<Pick<VerifiedToken, "keyId" | "node" | "credentialId" | "expiresAtMs">> {
  const claimed = readable(token);
  const hash = hashOf(token).slice(0, 12);
  const context = { credentialId: `token/${hash}` };
  let keyId = "";
  const verified = await jwtVerify(
    token,
    async ({ alg, kid }) => {
      if (kid === undefined || claimed.iss === undefined) throw refused("the token does not say who signed it", context);
      const found = await keys.find({ id: kid, issuer: claimed.iss });
      // A key signs by its own algorithm only, whatever the token says.
      if (found.algorithm !== alg)
        throw refused(`the token is signed with ${alg}, and its key is for ${found.algorithm}`, context);
      keyId = kid;
      return found.key;
    },
    {
      ...{ audience, issuer: claimed.iss ?? "", algorithms: [...keyAlgorithms] },
      ...{ clockTolerance: clockToleranceSeconds, currentDate: new Date(clock.wallMs()) },
    },
  ).catch((thrown: unknown) => {
    throw failureOf(thrown, audience, context);
  });
  const { node, pod, expiresAtMs } = agentPodOf(verified.payload, serviceAccount, context);
  return { keyId, node, expiresAtMs, credentialId: `${pod}/${hash}` };
}

/** The claims before anything is verified: only to find the key. */
function readable(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    throw refused("the token is not in the form of a JSON Web Token", {}); // the words of JSON would quote it
  }
}

function failureOf(thrown: unknown, audience: string, context: Readonly<Record<string, unknown>>): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof errors.JWTExpired) return new AppError("IDENTITY_EXPIRED", "the token is past its time", { context });
  if (thrown instanceof errors.JWSSignatureVerificationFailed)
    return refused("the signature of the token is not by the key that it names", context);
  if (thrown instanceof errors.JOSEAlgNotAllowed)
    return refused(`the token is signed otherwise than by ${keyAlgorithms.join(", ")}`, context);
  if (thrown instanceof errors.JWTClaimValidationFailed) {
    if (thrown.claim === "aud") return refused(`the token is not for the audience ${audience}`, context);
    if (thrown.claim === "nbf") return refused("the token is not valid yet: do the clocks agree?", context);
    return refused(`the claim ${thrown.claim} of the token is not as it must be`, context);
  }
  return refused("the token is not in the form of a signed JSON Web Token", context);
}

function refused(message: string, context: Readonly<Record<string, unknown>>): AppError {
  return new AppError("IDENTITY_REFUSED", message, { context });
}
