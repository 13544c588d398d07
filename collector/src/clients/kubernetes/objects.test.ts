import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { Api } from "./api.ts";
import { failureOf } from "./api-failure.ts";
import { watchObjects } from "./object-watch.ts";
import { listObjects, patchOne } from "./objects.ts";

const never = new AbortController().signal;
const path = "/apis/longhorn.io/v1beta2/namespaces/longhorn-system/nodes";
const longhornNode = { path, kind: "Node" };

/** Answers one thing after the other, then nothing, and says what was asked. */
function answering(...answers: readonly (object | AppError)[]) {
  const asked: string[] = [];
  const api: Api = {
    async ask({ path }) {
      const answer = answers[asked.push(path) - 1];
      if (answer instanceof AppError) throw answer;
      return { ...answer };
    },
    async follow(_, __, onLine) {
      for (const line of answers) onLine({ ...line });
    },
  };
  return { api, asked };
}

function refusal(code: number, message: string): AppError {
  return failureOf(`PATCH ${path}/neko`, { status: code }, { message });
}

describe("objects of any kind", () => {
  it("are listed by what is asked for of them, on every page", async () => {
    const first = { items: [{ name: "badger" }], metadata: { resourceVersion: "5", continue: "more" } };
    const { api, asked } = answering(first, { items: [], metadata: { resourceVersion: "9" } });
    const selector = { fields: "spec.nodeName=neko", labels: "app=minio" };

    await listObjects(api, { path: "/api/v1/pods", kind: "Pod" }, ({ name }) => name, never, selector);

    const chosen = "/api/v1/pods?limit=500&fieldSelector=spec.nodeName%3Dneko&labelSelector=app%3Dminio";
    expect(asked).toEqual([chosen, `${chosen}&continue=more`]);
  });

  it("are listed anew three times when the API server gives a list up, and never in part", async () => {
    const first = { items: [{ name: "badger" }], metadata: { resourceVersion: "5", continue: "more" } };
    const expired = refusal(410, "Expired");
    const { api, asked } = answering(first, expired, first, { items: [{ name: "otter" }], metadata: { resourceVersion: "6" } });
    const hopeless = answering(first, expired, first, expired, first, expired, first);

    expect((await listObjects(api, longhornNode, ({ name }) => name, never)).items).toEqual(["badger", "otter"]);
    await expect(listObjects(hopeless.api, longhornNode, ({ name }) => name, never)).rejects.toBe(expired);
    expect([asked.length, hopeless.asked.length]).toEqual([4, 6]);
  });

  it.each([
    { name: "no list", answer: { kind: "Status" } },
    { name: "a list without its time", answer: { items: [], metadata: {} } },
    { name: "a list of something else", answer: { items: [1], metadata: { resourceVersion: "5" } } },
  ])("are not what is answered with $name", async ({ answer }) => {
    const listing = listObjects(answering(answer).api, longhornNode, ({ name }) => name, never);

    await expect(listing).rejects.toMatchObject({ code: "PEER_REFUSED", message: expect.stringContaining("kind Node") });
  });

  it("are told of one by one, with how far the watch has come", async () => {
    const object = { kind: "Node", metadata: { name: "neko", resourceVersion: "7" } };
    const lines = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"].map((type) => ({ type, object }));
    const events: unknown[] = [];

    await watchObjects(
      answering(...lines).api,
      longhornNode,
      { resourceVersion: "5", random: () => 0 },
      (event) => events.push(event),
      never,
    );

    const put = { kind: "put", object };
    expect(events).toEqual([put, put, { kind: "gone", object }, { kind: "bookmark", resourceVersion: "7" }]);
  });

  it.each([
    {
      name: "a test does not hold",
      ...{ status: 422, said: "the server rejected our request due to an error in our request", code: "CONFLICT" },
    },
    {
      name: "Longhorn takes up a disk",
      ...{ status: 403, code: "PEER_BUSY" },
      said: 'admission webhook "validator.longhorn.io" denied the request: spec and status of disks on node neko are being syncing and please retry later.',
    },
    {
      name: "the webhook refuses what is asked",
      ...{ status: 422, code: "PEER_REFUSED" },
      said: 'admission webhook "validator.longhorn.io" denied the request: invalid disk tag',
    },
    { name: "there is no right to it", status: 403, said: 'nodes.longhorn.io "neko" is forbidden', code: "PEER_REFUSED" },
    {
      name: "the webhook is away",
      ...{ status: 500, code: "PEER_UNREACHABLE" },
      said: 'Internal error occurred: failed calling webhook "validator.longhorn.io"',
    },
    { name: "it is gone", status: 404, said: 'nodes.longhorn.io "neko" not found', code: "NOT_FOUND" },
  ])("answer a patch with $code where $name", async ({ status, said, code }) => {
    const { api } = answering(refusal(status, said));

    const patching = patchOne(api, longhornNode, "neko", [], { fieldManager: "nodekeeper" }, never);

    await expect(patching).rejects.toMatchObject({ code, context: { status }, message: expect.stringContaining(said) });
  });
});
