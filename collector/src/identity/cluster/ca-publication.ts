/** Publishes the certificates of the collector's authorities in a ConfigMap, which agents mount. A ConfigMap that is somebody else's is left alone. */
import { AppError, backoffDelayMs, type Clock, createNotifier, type Logger } from "@nodekeeper/shared";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import type { ObjectName } from "../../clients/kubernetes/text-object.ts";
import { isOurs, ownLabels } from "./own-labels.ts";

/** What is published where. */
export interface CaPublicationOptions {
  readonly client: Pick<KubernetesClient, "read" | "create" | "replace">;
  readonly at: ObjectName;
  /** DER, of all that agents should trust now. */
  readonly certificates: () => readonly Uint8Array[];
  /** Called when they are others. */
  readonly onChanged: (listener: () => void) => Disposable;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** The publication goes on until it is disposed. */
export interface CaPublication extends AsyncDisposable {
  /** Why the ConfigMap is not as it should be; empty when it is. */
  problems(): readonly string[];
}

/** The key of the ConfigMap: the file's name where it is mounted. */
export const caBundleKey = "ca.crt";

/** What somebody else changed or deleted is put right after so long. */
const lookEveryMs = 60_000;
const retry = { baseMs: 500, maximumMs: 60_000 };

/** Begins to publish. */
export function publishCa(options: CaPublicationOptions): CaPublication {
  const { client, at, certificates, onChanged, clock, random, logger } = options;
  const place = `ConfigMap ${at.namespace}/${at.name}`;
  const stopping = new AbortController();
  const { signal } = stopping;
  const changed = createNotifier(clock);
  let isDue = true;
  let failures = 0;
  let problem: string | undefined;
  const following = onChanged(() => {
    isDue = true;
    changed.notify();
  });
  const publishing = publishOn();

  return {
    problems: () => (problem === undefined ? [] : [problem]),
    async [Symbol.asyncDispose]() {
      following[Symbol.dispose]();
      stopping.abort();
      await publishing;
    },
  };

  async function publishOn(): Promise<void> {
    while (!signal.aborted) {
      isDue = false;
      await publish();
      const delayMs = failures === 0 ? lookEveryMs : backoffDelayMs(retry, failures, random);
      if (!isDue) await changed.wait(delayMs, signal).catch(() => undefined); // it is stopping: the loop ends
    }
  }

  async function publish(): Promise<void> {
    try {
      if (await putRight()) logger.info({ place }, "the certificates of the authority are published");
      failures = 0;
      problem = undefined;
    } catch (err) {
      if (signal.aborted) return;
      failures += 1;
      const error = AppError.from(err, "PEER_UNREACHABLE");
      if (problem === undefined) logger.warn({ err, place }, "the certificates of the authority cannot be published");
      problem = `the authority's certificates are not published in the ${place}: ${error.message}`;
    }
  }

  /** Whether something was written. Another writer who was first is an error like others: it is looked again. */
  async function putRight(): Promise<boolean> {
    const texts = { [caBundleKey]: pemBundle(certificates()) };
    const found = await client.read("ConfigMap", at, signal);
    if (found === undefined) {
      await client.create({ kind: "ConfigMap", at, labels: ownLabels, texts }, signal);
      return true;
    }
    if (found.texts[caBundleKey] === texts[caBundleKey] && isOurs(found.labels)) return false;
    if (!isOurs(found.labels) && Object.keys(found.texts).length > 0)
      throw new AppError("CONFLICT", "it is not ours, and is left as it is: name another one, or delete it");
    await client.replace(found, { texts, labels: ownLabels }, signal);
    return true;
  }
}

function pemBundle(certificates: readonly Uint8Array[]): string {
  return certificates.map(pem).join("");
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
