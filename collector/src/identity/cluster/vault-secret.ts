/**
 * The vault as a Secret of the cluster. It is written only as it was read: another writer's change is taken first, never overwritten. A Secret that
 * holds something else is left alone.
 */
import { isDeepStrictEqual } from "node:util";
import { AppError, type Clock, createListeners, createMutex, type Logger, runEvery } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectName, TextObject } from "../../clients/kubernetes/text-object.ts";
import { emptyVault, type Vault, type VaultContents } from "../vault.ts";
import { parseVault } from "../vault-contents.ts";
import { ownLabels } from "./own-labels.ts";

/** Where it is, and what it needs. */
export interface VaultSecretOptions {
  readonly client: Pick<KubernetesClient, "read" | "create" | "replace">;
  readonly at: ObjectName;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The vault, watched until it is disposed. */
export interface VaultSecret extends Vault, AsyncDisposable {
  /** Why it is not well, one reason a line; empty when it is. */
  problems(): readonly string[];
}

/** The one key of the Secret that is ours. */
export const vaultKey = "vault.json";

/** How often it is looked whether another writer changed it. */
const watchMs = 30_000;
/** A Secret holds 1 MiB at most: some four thousand machines outside of the cluster. */
const maximumSecretBytes = 2 ** 20;
/** So often another writer may be first before it is no race any more. */
const maximumAttempts = 10;

/** What is held, and the Secret that it came from; no Secret where there is none yet. */
interface Held {
  readonly contents: VaultContents;
  readonly secret: TextObject | undefined;
}

/** Reads the Secret; one that is missing or empty is an empty vault. Throws VAULT_MALFORMED or VAULT_UNAVAILABLE. */
export async function openVaultSecret({ client, at, clock, random, logger }: VaultSecretOptions): Promise<VaultSecret> {
  const place = `Secret ${at.namespace}/${at.name}`;
  const listeners = createListeners<VaultContents>();
  const oneByOne = createMutex();
  const stopping = new AbortController();
  const { signal } = stopping;
  let problem: string | undefined;
  let held: Held = { contents: emptyVault, secret: undefined };
  held = await read();

  const watch = { clock, random, signal, intervalMs: () => watchMs, firstDelayMs: watchMs };
  const watching = runEvery(watch, () =>
    oneByOne(refresh).then(
      () => {
        problem = undefined;
      },
      (err) => {
        if (signal.aborted) return;
        const { message } = AppError.from(err, "VAULT_UNAVAILABLE");
        if (problem !== message) logger.error({ err }, "the vault is not in order, what was read before stays in force");
        problem = message;
      },
    ),
  );

  return {
    get contents() {
      return held.contents;
    },
    update: (change) =>
      oneByOne(async () => {
        for (let attempt = 1; ; attempt++) {
          await refresh();
          const wanted = change(held.contents);
          if (wanted === held.contents) return wanted;
          const written = await write(wanted);
          if (written !== undefined) {
            take(written);
            return wanted;
          }
          if (attempt === maximumAttempts) throw unavailable(`${maximumAttempts} times another writer was first`);
        }
      }),
    onChanged: listeners.add,
    problems: () => (problem === undefined ? [] : [problem]),
    async [Symbol.asyncDispose]() {
      await oneByOne(async () => undefined); // a change that is under way is not cut off
      stopping.abort();
      await watching;
    },
  };

  async function read(): Promise<Held> {
    const secret = await client.read("Secret", at, signal).catch((thrown: unknown) => {
      throw unavailable("it cannot be read", thrown);
    });
    if (secret === undefined) return { contents: held.contents, secret };
    if (secret.resourceVersion === held.secret?.resourceVersion) return held;
    const text = secret.texts[vaultKey];
    if (text !== undefined) return { contents: parseVault(text, place), secret };
    const others = Object.keys(secret.texts);
    if (others.length === 0 && held.secret?.texts[vaultKey] === undefined) return { contents: held.contents, secret };
    const what = others.length === 0 ? "it was emptied" : `it holds ${others.join(", ")} and no ${vaultKey}`;
    throw new AppError(
      "VAULT_MALFORMED",
      `the vault ${place} is not ours: ${what}. It is left as it is: name another Secret, or delete it`,
    );
  }

  /** Takes what lies there. A Secret that is gone changes nothing: what is held comes back with the next change. */
  async function refresh(): Promise<void> {
    const found = await read();
    if (found.secret === undefined && held.secret !== undefined)
      logger.warn({ place }, "the vault's Secret is gone, what was in it stays in force and is written with the next change");
    take(found);
  }

  function take(next: Held): void {
    const isOther = !isDeepStrictEqual(next.contents, held.contents);
    held = next;
    if (isOther) listeners.tell(next.contents);
  }

  /** Undefined where another writer was first. */
  async function write(contents: VaultContents): Promise<Held | undefined> {
    const text = JSON.stringify(contents);
    if (Buffer.byteLength(text) > maximumSecretBytes)
      throw unavailable(
        `it would be larger than the ${maximumSecretBytes} bytes of a Secret; revoke what is not used, or keep it in a file`,
      );
    const texts = { [vaultKey]: text };
    try {
      const secret =
        held.secret === undefined
          ? await client.create({ kind: "Secret", at, labels: ownLabels, texts }, signal)
          : await client.replace(held.secret, { texts, labels: ownLabels }, signal);
      return { contents, secret };
    } catch (thrown) {
      const { code } = AppError.from(thrown);
      // Deleted in the meantime, or changed, or made.
      if (code === "CONFLICT" || code === "NOT_FOUND") return undefined;
      const written = code === "PEER_UNREACHABLE" ? await writtenAfterAll(contents) : undefined;
      if (written !== undefined) return written;
      throw unavailable(held.secret === undefined ? "it is not there, and cannot be made" : "it cannot be written", thrown);
    }
  }

  /** An answer that was lost does not tell whether the write was done; the Secret does. */
  async function writtenAfterAll(contents: VaultContents): Promise<Held | undefined> {
    const found = await read().catch(() => undefined); // the first error is the one to be told
    return found !== undefined && isDeepStrictEqual(found.contents, contents) ? found : undefined;
  }

  function unavailable(why: string, cause?: unknown): AppError {
    const reason = cause === undefined ? "" : `: ${AppError.from(cause).message}`;
    return new AppError("VAULT_UNAVAILABLE", `the vault ${place}: ${why}${reason}`, { cause });
  }
}
