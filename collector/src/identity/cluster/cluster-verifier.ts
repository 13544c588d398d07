/**
 * Knows agents that run in the cluster, by the projected ServiceAccount token of their pod. A token is verified here, against the cluster's keys, so
 * that agents are let in while the API server is away; whether its pod still exists only the API server knows, and is asked in the background.
 */
import { AppError, type Clock, type Logger } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectName } from "../../clients/kubernetes/text-object.ts";
import type { TokenReview } from "../../clients/kubernetes/token-review.ts";
import type { AgentIdentity, CredentialVerifier, IdentityChange } from "../agent-identity.ts";
import { followClusterKeys } from "./cluster-keys.ts";
import { createReviewQueue } from "./review-queue.ts";
import { createVerifiedTokens, hashOf, type VerifiedToken } from "./verified-tokens.ts";
import { verifyToken } from "./verify-token.ts";

/** What the verifier needs, and whom it lets in. */
export interface ClusterVerifierOptions {
  readonly client: Pick<KubernetesClient, "issuer" | "reviewToken">;
  readonly audience: string;
  readonly serviceAccount: ObjectName;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The verifier. Disposing it ends what it does in the background. */
export interface ClusterVerifier extends CredentialVerifier, AsyncDisposable {
  /** How many tokens wait for a review. */
  readonly unreviewed: number;
  /** Why it cannot do all of its work now, one reason a line; empty when it can. */
  problems(): readonly string[];
}

/** Real ones have between one and two thousand characters. */
const maximumLength = 16_384;
/** A token that is shown again so long after its last review is reviewed again. One that was refused stays so until it is confirmed. */
const reviewAgainMs = 60_000;
/** The wall clock may jump, as that of a machine without a battery does after its start: it is looked again whether the time has come. */
const longestSleepMs = 60_000;

/** Begins to follow the cluster's keys. */
export function createClusterVerifier(options: ClusterVerifierOptions): ClusterVerifier {
  const { client, audience, serviceAccount, clock, random, logger } = options;
  const username = `system:serviceaccount:${serviceAccount.namespace}:${serviceAccount.name}`;
  const keys = followClusterKeys({ client, clock, random, logger });
  const review = (token: string, signal: AbortSignal): Promise<TokenReview> => client.reviewToken(token, audience, signal);
  const reviews = createReviewQueue({ review, clock, random, logger });
  const tokens = createVerifiedTokens();
  const withdrawals = keys.onChanged(() => {
    for (const token of tokens.list()) if (!keys.has(token.keyId)) end(token, "its key is not the cluster's any more");
  });

  return {
    // A JWT begins with a JSON object in base64url.
    recognises: (credential) => credential.length <= maximumLength && /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(credential),
    async verify(credential) {
      const token = await verified(credential, hashOf(credential));
      if (token.expiresAtMs <= clock.wallMs()) {
        tokens.remove(token);
        throw expired(token);
      }
      const isDue = token.reviewedAtMs === undefined || clock.monotonicMs() - token.reviewedAtMs >= reviewAgainMs;
      const { hash: id, node, expiresAtMs } = token;
      if (isDue) reviews.add({ id, token: credential, node, expiresAtMs, settle: (answer) => settle(token, answer) });
      if (token.review.kind === "refused") throw token.review.error;
      return identityOf(token);
    },
    watch,
    get unreviewed() {
      return reviews.size;
    },
    problems: () => [...keys.problems(), ...reviews.problems()],
    async [Symbol.asyncDispose]() {
      withdrawals[Symbol.dispose]();
      await Promise.all([reviews[Symbol.asyncDispose](), keys[Symbol.asyncDispose]()]);
    },
  };

  async function verified(credential: string, hash: string): Promise<VerifiedToken> {
    const known = tokens.get(hash);
    // A key that was withdrawn makes its tokens unknown.
    if (known !== undefined && keys.has(known.keyId)) return known;
    const facts = await verifyToken(credential, { keys, audience, serviceAccount, clock });
    return (
      tokens.get(hash) ?? tokens.add({ ...facts, hash, review: { kind: "none" }, reviewedAtMs: undefined, watchers: new Set() })
    );
  }

  function watch(identity: AgentIdentity, onChange: (change: IdentityChange) => void): Disposable {
    if (identity.kind !== "cluster") return { [Symbol.dispose]: () => undefined };
    const over = new AbortController();
    const token = tokens.ofCredential(identity.credentialId);
    const tell = (change: IdentityChange): void => {
      if (over.signal.aborted) return;
      if (change.kind === "ended") stop();
      onChange(change);
    };
    token?.watchers.add(tell);
    // The review may have come between verify and this call.
    queueMicrotask(() => {
      if (token?.review.kind === "confirmed" && !identity.isReviewed) tell({ kind: "confirmed", identity: identityOf(token) });
      if (token?.review.kind === "refused") tell({ kind: "ended", error: token.review.error });
    });
    untilWall(clock, identity.expiresAtMs, over.signal).then(
      () => tell({ kind: "ended", error: expired(identity) }),
      () => undefined, // nobody watches any more
    );
    return { [Symbol.dispose]: stop };

    function stop(): void {
      over.abort();
      token?.watchers.delete(tell);
    }
  }

  function settle(token: VerifiedToken, answer: TokenReview): void {
    token.reviewedAtMs = clock.monotonicMs();
    const why = answer.kind === "refused" ? answer.reason : contradictionOf(answer, { username, node: token.node });
    if (why !== undefined) end(token, why);
    else if (token.review.kind !== "confirmed") {
      token.review = { kind: "confirmed" };
      for (const tell of [...token.watchers]) tell({ kind: "confirmed", identity: identityOf(token) });
    }
  }

  function end(token: VerifiedToken, why: string): void {
    const { node, credentialId } = token;
    const error = new AppError("IDENTITY_REFUSED", `the token of ${credentialId} does not hold any more: ${why}`, {
      context: { node, credentialId },
    });
    token.review = { kind: "refused", error };
    token.reviewedAtMs = clock.monotonicMs();
    logger.warn({ node, credentialId, why }, "the token of an agent does not hold any more");
    for (const tell of [...token.watchers]) tell({ kind: "ended", error });
  }
}

/** What the API server says otherwise than the token. */
function contradictionOf(
  said: { readonly username: string; readonly node: string | undefined },
  { username, node }: { readonly username: string; readonly node: string },
): string | undefined {
  if (said.username !== username) return `the API server says that it is ${said.username}'s`;
  return said.node === node ? undefined : `the API server says that its node is ${said.node ?? "none"}`;
}

function identityOf({ node, credentialId, expiresAtMs, review }: VerifiedToken): AgentIdentity {
  return { kind: "cluster", node, credentialId, expiresAtMs, isReviewed: review.kind === "confirmed" };
}

function expired({ node, credentialId }: { readonly node: string; readonly credentialId: string }): AppError {
  return new AppError("IDENTITY_EXPIRED", `the token of ${credentialId} is past its time`, { context: { node, credentialId } });
}

async function untilWall(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  for (let leftMs = atMs - clock.wallMs(); leftMs > 0; leftMs = atMs - clock.wallMs())
    await clock.sleep(Math.min(leftMs, longestSleepMs), signal);
}
