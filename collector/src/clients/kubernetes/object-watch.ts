/** Follows what becomes of objects of a kind. A hint: what it does not tell is found by the next list. */
import { AppError, type Fields, fieldsAt, textAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";
import { failureOf } from "./api-failure.ts";
import type { ObjectEvent, ObjectKind } from "./object-kind.ts";

/** How long the API server is asked to go on, so that not all come again at once. Shorter than the five minutes of silence that fetch allows. */
const shortestSeconds = 240;
const longestSeconds = 285;
/** It ends by itself, unless it hangs. */
const marginMs = 15_000;

/** Resolves when the API server ends it in order. */
export async function watchObjects(
  api: Api,
  kind: ObjectKind,
  from: { readonly resourceVersion: string; readonly random: () => number },
  onEvent: (event: ObjectEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const timeoutSeconds = Math.round(shortestSeconds + (longestSeconds - shortestSeconds) * from.random());
  const query = new URLSearchParams({
    ...{ watch: "true", allowWatchBookmarks: "true", resourceVersion: from.resourceVersion },
    timeoutSeconds: String(timeoutSeconds),
  });
  const request = { method: "GET", path: `${kind.path}?${query}` } as const;
  await api.follow(request, timeoutSeconds * 1000 + marginMs, (line) => onEvent(eventOf(kind, line)), signal);
}

function eventOf({ path, kind }: ObjectKind, line: Fields): ObjectEvent {
  const object = fieldsAt(line, "object");
  const { type } = line;
  if (type === "ERROR") throw failureOf(`GET ${path} (watch)`, { status: Number(object["code"] ?? 0) }, object);
  if (textAt(object, "kind") !== kind) throw unknownForm(kind);
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      return { kind: "put", object };
    case "DELETED":
      return { kind: "gone", object };
    case "BOOKMARK":
      return { kind: "bookmark", resourceVersion: textAt(fieldsAt(object, "metadata"), "resourceVersion") ?? "" };
    default:
      throw unknownForm(kind);
  }
}

function unknownForm(kind: string): AppError {
  return new AppError("PEER_REFUSED", `the cluster's API tells of objects of kind ${kind} in a form that we do not know`);
}
