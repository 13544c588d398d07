/** A namespace, and the Events (core/v1) that are put into one. */
import { type Fields, fieldsAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";
import { isStatus } from "./api-failure.ts";

/** Reads one; undefined where there is none. */
export async function readNamespace(api: Api, name: string, signal: AbortSignal): Promise<Fields | undefined> {
  try {
    return await api.ask({ method: "GET", path: pathOf(name) }, signal);
  } catch (thrown) {
    if (isStatus(thrown, 404)) return undefined;
    throw thrown;
  }
}

/** Makes an Event; CONFLICT where there is one of its name. */
export async function createEvent(api: Api, namespace: string, event: Fields, signal: AbortSignal): Promise<void> {
  const body = { ...event, apiVersion: "v1", kind: "Event", metadata: { ...fieldsAt(event, "metadata"), namespace } };
  await api.ask({ method: "POST", path: `${pathOf(namespace)}/events`, body }, signal);
}

function pathOf(name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(name)}`;
}
