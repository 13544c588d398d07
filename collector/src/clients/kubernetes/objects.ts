/** Objects of any kind, as the API server says them; nothing that we do not know is lost. */
import { AppError, type Fields, fieldsAt, isFields, textAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";
import { isStatus } from "./api-failure.ts";
import type { JsonPatchOperation, ObjectKind, ObjectList, ObjectSelector, ObjectWrite } from "./object-kind.ts";
import type { ApiRequest } from "./transport.ts";

const pageSize = 500;
/** Pages stay readable for five minutes; a list that outlives that again and again is not worth a fourth try. */
const maximumLists = 3;

/**
 * All of a kind, page by page, each made into what is kept of it before the next page is read. A list that the API server gives up in the middle begins
 * anew; what is partial is never given. NOT_FOUND where the API server has no such kind: a namespace that is not there has an empty list.
 */
export async function listObjects<Item>(
  api: Api,
  kind: ObjectKind,
  of: (object: Fields) => Item,
  signal: AbortSignal,
  selector: ObjectSelector = {},
): Promise<ObjectList<Item>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listOnce(api, kind, of, signal, selector);
    } catch (thrown) {
      if (attempt === maximumLists || !isStatus(thrown, 410)) throw thrown;
    }
  }
}

/** One object; undefined where there is none of that name, or no such kind. */
export async function readOne(api: Api, kind: ObjectKind, name: string, signal: AbortSignal): Promise<Fields | undefined> {
  try {
    return await api.ask({ method: "GET", path: pathOf(kind, name) }, signal);
  } catch (thrown) {
    if (isStatus(thrown, 404)) return undefined;
    throw thrown;
  }
}

/** All operations or none. CONFLICT where a `test` does not hold, or a path is not there; PEER_BUSY where a webhook says that it cannot be now. */
export async function patchOne(
  api: Api,
  kind: ObjectKind,
  name: string,
  operations: readonly JsonPatchOperation[],
  write: ObjectWrite,
  signal: AbortSignal,
): Promise<Fields> {
  const contentType = "application/json-patch+json";
  const request = { method: "PATCH", path: writePath(kind, name, write), body: operations, contentType } as const;
  return await asking(api, request, saysNotFitting, signal);
}

/**
 * Server-side apply, which takes what others own too, unless it is not forced: then that is a CONFLICT, too, as where the object has not the
 * resourceVersion or uid of the body any more. One
 * that is not there is made where there is the right to, and PEER_REFUSED (403) where there is not.
 */
export async function applyOne(
  api: Api,
  kind: ObjectKind,
  name: string,
  body: Fields,
  write: ObjectWrite,
  signal: AbortSignal,
): Promise<Fields> {
  const contentType = "application/apply-patch+yaml"; // JSON is YAML
  const request = {
    method: "PATCH",
    path: writePath(kind, name, write, { force: String(write.isForced ?? true) }),
    body,
    contentType,
  } as const;
  return await asking(api, request, saysAnotherUid, signal);
}

/** Takes one away as it was seen; CONFLICT where it is another by now. One that is not there is no failure. */
export async function deleteOne(api: Api, kind: ObjectKind, name: string, seen: Fields, signal: AbortSignal): Promise<void> {
  const { uid, resourceVersion } = fieldsAt(seen, "metadata");
  const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } };
  try {
    await api.ask({ method: "DELETE", path: pathOf(kind, name), body }, signal);
  } catch (thrown) {
    if (!isStatus(thrown, 404)) throw thrown;
  }
}

/** What the API server says of a patch that does not fit the object as it is. It does not say which operation, and keeps the words for nothing else. */
const saysNotFitting = /: the server rejected our request due to an error in our request$/;
const saysAnotherUid = /: metadata\.uid: Invalid value: .*: field is immutable/;
/** Longhorn's words for every write to a node whose disks it is about to take up or to let go (webhook/resources/node/validator.go). */
const saysBusy = /admission webhook ".*" denied the request: .*\bbeing syncing\b/;

/** An object that is not as it was seen is answered with 422 too, as is what is never valid; one that is busy with 403, as what is never allowed. */
async function asking(api: Api, request: ApiRequest, saysConflict: RegExp, signal: AbortSignal): Promise<Fields> {
  try {
    return await api.ask(request, signal);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const { message, context } = thrown;
    if (isStatus(thrown, 422) && saysConflict.test(message)) throw new AppError("CONFLICT", message, { cause: thrown, context });
    if (isStatus(thrown, 403) && saysBusy.test(message)) throw new AppError("PEER_BUSY", message, { cause: thrown, context });
    throw thrown;
  }
}

async function listOnce<Item>(
  api: Api,
  { path, kind }: ObjectKind,
  of: (object: Fields) => Item,
  signal: AbortSignal,
  { fields, labels }: ObjectSelector,
): Promise<ObjectList<Item>> {
  const items: Item[] = [];
  const chosen = {
    ...(fields === undefined ? {} : { fieldSelector: fields }),
    ...(labels === undefined ? {} : { labelSelector: labels }),
  };
  let firstVersion: string | undefined;
  let from = "";
  for (;;) {
    const query = new URLSearchParams({ limit: String(pageSize), ...chosen, ...(from === "" ? {} : { continue: from }) });
    const page = await api.ask({ method: "GET", path: `${path}?${query}` }, signal);
    const metadata = fieldsAt(page, "metadata");
    const resourceVersion = textAt(metadata, "resourceVersion");
    if (!Array.isArray(page["items"]) || !page["items"].every(isFields) || resourceVersion === undefined)
      throw new AppError("PEER_REFUSED", `the cluster's API does not list objects of kind ${kind} in a form that we know`);
    for (const item of page["items"]) items.push(of(item));
    firstVersion ??= resourceVersion;
    from = textAt(metadata, "continue") ?? "";
    if (from === "") return { items, resourceVersion: firstVersion };
  }
}

function pathOf({ path }: ObjectKind, name: string): string {
  return `${path}/${encodeURIComponent(name)}`;
}

function writePath(
  kind: ObjectKind,
  name: string,
  { fieldManager, subresource }: ObjectWrite,
  more: Readonly<Record<string, string>> = {},
): string {
  const query = new URLSearchParams({ fieldManager, ...more });
  return `${pathOf(kind, name)}${subresource === undefined ? "" : `/${subresource}`}?${query}`;
}
