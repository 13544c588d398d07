/**
 * The keys that sign a cluster's ServiceAccount tokens. They are read again now and then, so that one that was withdrawn is forgotten, and at once
 * when a token shows one that is not known, at a bounded rate. While the API server is away, what was read last holds.
 */
import { AppError, backoffDelayMs, type Clock, createDeadline, createListeners, type Logger } from "@nodekeeper/shared";
import { type CryptoKey, importJWK, type JWK } from "jose";
import type { IssuerDocument } from "../../clients/kubernetes/issuer-document.ts";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";

/** What the keys are followed with. */
export interface ClusterKeysOptions {
  readonly client: Pick<KubernetesClient, "issuer">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A key, and what it may sign with. */
export interface ClusterKey {
  readonly algorithm: string;
  readonly key: CryptoKey;
}

/** The keys as they are known now. Disposing ends the following. */
export interface ClusterKeys extends AsyncDisposable {
  /**
   * The key of an id, where the issuer is the cluster's. Throws IDENTITY_REFUSED where the cluster has no such key, and IDENTITY_UNVERIFIABLE where
   * it could not be asked.
   */
  find(wanted: { readonly id: string; readonly issuer: string }): Promise<ClusterKey>;
  /** Whether a key is known now, without asking. */
  has(id: string): boolean;
  /** Called when the keys are others than before. */
  onChanged(listener: () => void): Disposable;
  /** Why they cannot be read now; empty when they can. */
  problems(): readonly string[];
}

/** Algorithms that API servers sign with (pkg/serviceaccount/jwt.go). None that is made from a public key, and not "none". */
export const keyAlgorithms: readonly string[] = ["RS256", "ES256", "ES384", "ES512"];

const readEveryMs = 5 * 60_000;
/** A flood of tokens with invented keys makes us ask no more often than this. */
const askAgainMs = 10_000;
const retry = { baseMs: 1_000, maximumMs: 60_000 };
/** A token waits no longer for an API server that hangs. */
const readLimitMs = 5_000;

/** Begins to follow them. */
export function followClusterKeys({ client, clock, random, logger }: ClusterKeysOptions): ClusterKeys {
  const stopping = new AbortController();
  const listeners = createListeners<undefined>();
  let issuer: string | undefined;
  let keys: ReadonlyMap<string, ClusterKey> = new Map();
  let reading: Promise<void> | undefined;
  let lastAskedAtMs = Number.NEGATIVE_INFINITY;
  let failures = 0;
  let problem: string | undefined;
  const following = follow();

  return {
    async find(wanted) {
      const known = (): ClusterKey | undefined => (wanted.issuer === issuer ? keys.get(wanted.id) : undefined);
      if (known() === undefined) await readIfAllowed();
      const key = known();
      if (key !== undefined) return key;
      // Whoever shows a token is a stranger still: why is for the log and for /readyz.
      if (problem !== undefined || issuer === undefined)
        throw new AppError(
          "IDENTITY_UNVERIFIABLE",
          "the key of the token is not known, and the cluster cannot be asked for its keys now",
        );
      throw new AppError(
        "IDENTITY_REFUSED",
        wanted.issuer === issuer
          ? "the token is signed with a key that the cluster does not have"
          : `the token is of another issuer than the cluster's, ${issuer}`,
      );
    },
    has: (id) => keys.has(id),
    onChanged: (listener) => listeners.add(() => listener()),
    problems: () => (problem === undefined ? [] : [problem]),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await following;
    },
  };

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      await read();
      const delayMs = failures === 0 ? readEveryMs : backoffDelayMs(retry, failures, random);
      await clock.sleep(delayMs, stopping.signal).catch(() => undefined); // it is stopping: the loop ends
    }
  }

  async function readIfAllowed(): Promise<void> {
    const isAllowed = clock.monotonicMs() - lastAskedAtMs >= (failures === 0 ? askAgainMs : retry.baseMs);
    if (reading === undefined && !isAllowed) return;
    await read();
  }

  /** All who want them wait for the same answer. Never throws. */
  function read(): Promise<void> {
    lastAskedAtMs = clock.monotonicMs();
    reading ??= readOnce().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  async function readOnce(): Promise<void> {
    const overdue = new AppError("PEER_UNREACHABLE", `the cluster's API did not answer within ${readLimitMs / 1000} s`);
    using deadline = createDeadline(clock, readLimitMs, stopping.signal, overdue);
    try {
      await take(await client.issuer(deadline.signal));
      if (problem !== undefined) logger.info({}, "the cluster's keys can be read again");
      failures = 0;
      problem = undefined;
    } catch (err) {
      if (stopping.signal.aborted) return;
      failures += 1;
      const message = AppError.from(err, "PEER_UNREACHABLE").message;
      if (problem === undefined) logger.warn({ err }, "the cluster's keys cannot be read, those that are known hold");
      problem = `the cluster's keys cannot be read: ${message}`;
    }
  }

  async function take(document: IssuerDocument): Promise<void> {
    const next = new Map<string, ClusterKey>();
    for (const jwk of document.keys) {
      const { kid } = jwk;
      const imported = await importKey(jwk).catch((err: unknown) => {
        logger.warn({ err, kid }, "one of the cluster's keys cannot be used");
        return undefined;
      });
      if (typeof kid === "string" && imported !== undefined) next.set(kid, imported);
    }
    const isSame = issuer === document.issuer && next.size === keys.size && [...next.keys()].every((id) => keys.has(id));
    issuer = document.issuer;
    keys = next;
    if (!isSame) listeners.tell(undefined);
  }
}

/** Undefined for a key that signs no tokens. */
async function importKey(jwk: Readonly<Record<string, unknown>>): Promise<ClusterKey | undefined> {
  const { alg: algorithm, use } = jwk;
  if (typeof algorithm !== "string" || !keyAlgorithms.includes(algorithm) || (use !== undefined && use !== "sig"))
    return undefined;
  const key = await importJWK(jwk as JWK, algorithm); // it checks what it is given
  return key instanceof Uint8Array ? undefined : { algorithm, key };
}
