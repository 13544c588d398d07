/**
 * Reads the Services of Ollama's servers and their slices again and again. They are six objects, read by their names: a watch would need the right to
 * read all Services of the namespace, to hear a little earlier of what hardly anybody does.
 */
import { isDeepStrictEqual } from "node:util";
import { AppError, type Clock, createListeners, type Logger, runEvery } from "@nodekeeper/shared";
import { isStatus } from "../../clients/kubernetes/api-failure.ts";
import type { KubernetesClient } from "../../clients/kubernetes/kubernetes-client.ts";
import { serviceKinds } from "../../clients/kubernetes/service-kinds.ts";
import { addressFamilies, serviceNames, sliceName } from "./names.ts";
import type { ServiceObjects, Services } from "./service-objects.ts";

/** What it needs. */
export interface FollowServicesOptions {
  readonly client: Pick<KubernetesClient, "readOne">;
  /** Where they are. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What somebody else changed is put back after so long. */
const intervalMs = 10_000;

/** Begins. Disposing it ends the reading. */
export function followServices({ client, namespace, clock, random, logger }: FollowServicesOptions): Services & AsyncDisposable {
  const kinds = serviceKinds(namespace);
  const stopping = new AbortController();
  const listeners = createListeners<void>();
  const known = new Map<string, ServiceObjects>();
  let problem: string | undefined;

  async function read(service: string, signal: AbortSignal): Promise<ServiceObjects> {
    const [object, ...slices] = await Promise.all([
      client.readOne(kinds.services, service, signal),
      ...addressFamilies.map((family) => client.readOne(kinds.slices, sliceName(service, family), signal)),
    ]);
    const objects: ServiceObjects = {
      service: object,
      slices: new Map(addressFamilies.flatMap((family, at) => (slices[at] === undefined ? [] : [[family, slices[at]]]))),
    };
    const before = known.get(service);
    known.set(service, objects);
    if (!isDeepStrictEqual(before, objects)) listeners.tell();
    return objects;
  }

  const reading = runEvery({ clock, random, signal: stopping.signal, intervalMs: () => intervalMs }, async () => {
    try {
      await Promise.all(serviceNames.map((service) => read(service, stopping.signal)));
      problem = undefined;
    } catch (thrown) {
      stopping.signal.throwIfAborted();
      const now = problemOf(thrown, namespace);
      if (now !== problem) logger.warn({ problem: now }, "the Services of Ollama's servers cannot be read");
      problem = now;
    }
  });

  return {
    of: (service) => known.get(service),
    read,
    onChanged: (listener) => listeners.add(listener),
    problems: () => (problem === undefined ? [] : [problem]),
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await reading;
    },
  };
}

function problemOf(thrown: unknown, namespace: string): string {
  const { message } = AppError.from(thrown);
  const rights = `: the Role nodekeeper-collector in namespace ${namespace} lacks what deploy/collector/access.yaml gives it now`;
  return `the Services of Ollama's servers cannot be read: ${message}${isStatus(thrown, 403) ? rights : ""}`;
}
