/**
 * The public keys that sign people's tokens: a JWK set from a URL or a file. It is read again from time to time, and at once when a token names
 * a key that is not there, but not for every token that does: who makes up key ids must not make us ask without end. What was read last stands
 * while the other side is away.
 */
import { readFile } from "node:fs/promises";
import { AppError, type Clock, createDeadline, isLoopback, type Logger, runEvery } from "@nodekeeper/shared";
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";

/** The keys. */
export interface SigningKeys extends AsyncDisposable {
  /** Finds the key of a token; throws what jose throws, or IDENTITY_UNVERIFIABLE while no keys were read yet. */
  readonly find: JWTVerifyGetKey;
}

/** What they are made of. */
export interface SigningKeysOptions {
  /** URL or file. */
  readonly source: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Keys that were taken out of the set count for so long at most. */
const refreshMs = 300_000;
/** Between two readings that a token asked for. */
const cooldownMs = 10_000;
const timeoutMs = 5_000;
/** A set of a few keys has a few KiB. */
const maximumBytes = 256 * 1024;

/** Reads the keys. A URL that does not answer is tried again later; a file that cannot be read is CONFIG_INVALID. */
export async function openSigningKeys({ source, clock, random, logger }: SigningKeysOptions): Promise<SigningKeys> {
  const isRemote = /^https?:\/\//.test(source);
  const stopping = new AbortController();
  let keys: JWTVerifyGetKey | undefined;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;

  async function load(): Promise<void> {
    const text = isRemote ? await download(source, clock, stopping.signal) : await readFile(source, "utf8");
    if (text.length > maximumBytes) throw new AppError("PEER_REFUSED", `${source} is larger than any set of keys`);
    keys = createLocalJWKSet(JSON.parse(text)); // which refuses what is no set of keys
  }

  function ask(): Promise<void> {
    askedAtMs = clock.monotonicMs();
    asking ??= load()
      .catch((err: unknown) => {
        if (!stopping.signal.aborted) logger.warn({ err, source }, "the keys of the login cannot be read, those before stand");
      })
      .finally(() => {
        asking = undefined;
      });
    return asking;
  }

  async function askAgain(): Promise<void> {
    if (asking !== undefined || clock.monotonicMs() - askedAtMs >= cooldownMs) await ask();
  }

  if (isPlainBeyondLoopback(source)) {
    logger.warn(
      { source },
      "the keys of the login come by http: whoever sits between can log in as anybody, use https or a file",
    );
  }
  if (isRemote) await ask();
  else {
    await load().catch((cause: unknown) => {
      const { message } = AppError.from(cause);
      throw new AppError("CONFIG_INVALID", `--login-jwks ${source} holds no keys that can be read: ${message}`, { cause });
    });
  }
  const every = { clock, random, signal: stopping.signal, intervalMs: () => refreshMs, firstDelayMs: refreshMs };
  const refreshing = runEvery(every, ask);

  return {
    async find(header, token) {
      if (keys === undefined) await askAgain();
      try {
        return await current()(header, token);
      } catch (thrown) {
        if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
        await askAgain();
        return current()(header, token);
      }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await refreshing;
    },
  };

  function current(): JWTVerifyGetKey {
    if (keys !== undefined) return keys;
    throw new AppError(
      "IDENTITY_UNVERIFIABLE",
      "the keys of the login could not be read yet, the collector's log says why; try again later",
    );
  }
}

function isPlainBeyondLoopback(source: string): boolean {
  const url = URL.parse(source);
  return url?.protocol === "http:" && !isLoopback(url.hostname.replace(/^\[|\]$/g, ""));
}

async function download(url: string, clock: Clock, parent: AbortSignal): Promise<string> {
  const late = new AppError("PEER_UNREACHABLE", `${url} did not answer within ${timeoutMs / 1000} s`);
  using deadline = createDeadline(clock, timeoutMs, parent, late);
  const response = await fetch(url, {
    redirect: "error", // another address than the one that was configured is not asked
    signal: deadline.signal,
    headers: { accept: "application/json" },
  });
  if (!response.ok) throw new AppError("PEER_REFUSED", `${url} answered ${response.status}`);
  return await readBounded(response);
}

/** Reads no more than a set of keys may have. */
async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maximumBytes) throw new AppError("PEER_REFUSED", `${response.url} is larger than any set of keys`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
