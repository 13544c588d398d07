import { type AppError, isFields } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { Api } from "./api.ts";
import { failureOf } from "./api-failure.ts";
import { listKinds } from "./api-kinds.ts";

const never = new AbortController().signal;
const longhorn = { group: "longhorn.io", version: "v1beta2" };
const notFound = failureOf("GET /apis/longhorn.io/v1beta2", { status: 404 }, undefined);

/** An API server that answers by path; what it has not is not found. */
function answering(answers: Readonly<Record<string, object>>): Api {
  return {
    async ask({ path }) {
      const answer = answers[path];
      if (!isFields(answer)) throw notFound;
      return answer;
    },
    follow: () => Promise.reject(notFound),
  };
}

function groups(...names: readonly string[]): object {
  return { groups: names.map((name) => ({ name, versions: [{ version: "v1beta1" }] })) };
}

describe("the kinds of an API server", () => {
  it("are the collections of a group, with what lies below them", async () => {
    const resources = [{ name: "nodes" }, { name: "nodes/status" }];

    const kinds = await listKinds(answering({ "/apis/longhorn.io/v1beta2": { resources } }), longhorn, never);

    expect(kinds).toEqual(new Set(["nodes", "nodes/status"]));
  });

  it("are not there where the API server lists its groups without this one", async () => {
    expect(await listKinds(answering({ "/apis": groups("apps") }), longhorn, never)).toBeUndefined();
  });

  it.each<{ readonly name: string; readonly answers: Readonly<Record<string, object>>; readonly expected: Partial<AppError> }>([
    {
      name: "it has the group in other versions only",
      answers: { "/apis": groups("apps", "longhorn.io") },
      expected: { code: "PEER_REFUSED", message: "the cluster's API has longhorn.io in v1beta1, and not in v1beta2" },
    },
    { name: "it says that nothing is there at all", answers: {}, expected: { code: "NOT_FOUND" } },
    { name: "a proxy answers in its place", answers: { "/apis": { kind: "Page" } }, expected: { code: "PEER_REFUSED" } },
    {
      name: "it answers with something else",
      answers: { "/apis/longhorn.io/v1beta2": { kind: "Status" } },
      expected: { code: "PEER_REFUSED" },
    },
  ])("cannot be told where $name", async ({ answers, expected }) => {
    await expect(listKinds(answering(answers), longhorn, never)).rejects.toMatchObject(expected);
  });
});
