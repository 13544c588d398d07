import { Metadata } from "@grpc/grpc-js";
import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { IdentityChange } from "../identity/agent-identity.ts";
import { createAuthenticator } from "../identity/authenticator.ts";
import { createSessionIdentity, proofOf } from "./session-identity.ts";

/** A pod's token is "pod:" and when it ends; the API server says what a test says. */
function aScene() {
  const said: string[] = [];
  const watchers = new Map<string, Set<(change: IdentityChange) => void>>();
  const over = new AbortController();
  const registry = { credential: () => undefined, credentialsOf: () => [], settle: async () => undefined };
  const verifier = {
    recognises: (credential: string) => credential.startsWith("pod:"),
    async verify(credential: string) {
      if (credential === "pod:expired") throw new AppError("IDENTITY_EXPIRED", "it is past its time");
      return { kind: "cluster", node: "neko", credentialId: credential, expiresAtMs: 1, isReviewed: false } as const;
    },
    watch(identity: { readonly kind: string; readonly credentialId?: string }, tell: (change: IdentityChange) => void) {
      const id = identity.credentialId ?? "";
      const watching = watchers.get(id) ?? new Set();
      watchers.set(id, watching.add(tell));
      return { [Symbol.dispose]: () => void watching.delete(tell) };
    },
  };
  const identity = createSessionIdentity({
    authenticator: createAuthenticator({ registry, verifiers: [verifier] }),
    stream: { pause: (reason) => void said.push(`pause ${reason}`), resume: (reason) => void said.push(`resume ${reason}`) },
    over: over.signal,
    onConfirmed: () => void said.push("confirmed"),
    onEnded: (error) => void said.push(`ended ${error.code}`),
  });
  const happen = (id: string, change: IdentityChange): void => {
    for (const tell of [...(watchers.get(id) ?? [])]) tell(change);
  };
  return { identity, said, over, happen, denied: (error: AppError) => void said.push(`denied ${error.code}`) };
}

function shown(...values: readonly string[]): Metadata {
  const metadata = new Metadata();
  for (const value of values) metadata.add("authorization", value);
  return metadata;
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

const refused: IdentityChange = { kind: "ended", error: new AppError("IDENTITY_REFUSED", "its pod is gone") };

describe("the identity of a session", () => {
  it("is asked for before anything is read", async () => {
    const { identity, said, denied } = aScene();

    identity.begin(shown("Bearer pod:1"), true, denied);
    const before = [...said];
    await settled();

    expect(before).toEqual(["pause identity"]);
    expect(said).toEqual(["pause identity", "resume identity"]);
    expect(identity.current).toMatchObject({ kind: "cluster", node: "neko" });
  });

  it.each([
    { name: "nothing where proof is needed", values: [], isProofNeeded: true, expected: "denied IDENTITY_MISSING" },
    {
      name: "two credentials",
      values: ["Bearer pod:1", "Bearer pod:2"],
      isProofNeeded: false,
      expected: "denied IDENTITY_REFUSED",
    },
    { name: "another scheme", values: ["Basic YTph"], isProofNeeded: false, expected: "denied IDENTITY_REFUSED" },
    { name: "a credential of no kind", values: ["Bearer x"], isProofNeeded: false, expected: "denied IDENTITY_REFUSED" },
    { name: "an ended token", values: ["bearer pod:expired"], isProofNeeded: false, expected: "denied IDENTITY_EXPIRED" },
    { name: "20 KiB", values: [`Bearer pod:${"x".repeat(20_480)}`], isProofNeeded: false, expected: "denied IDENTITY_REFUSED" },
  ])("is denied to one who shows $name", async ({ values, isProofNeeded, expected }) => {
    const { identity, said, denied } = aScene();

    identity.begin(shown(...values), isProofNeeded, denied);
    await settled();

    expect(said).toContain(expected);
    expect(identity.current).toBeUndefined();
  });

  it("is unproven at once where no proof is needed and none is shown", () => {
    const { identity, denied } = aScene();

    identity.begin(shown(), false, denied);

    expect(identity.current).toEqual({ kind: "unproven" });
  });

  it("is proven when it is confirmed, and over when it does not hold any more", async () => {
    const { identity, said, happen, denied } = aScene();
    identity.begin(shown("Bearer pod:1"), true, denied);
    await settled();
    const unreviewed = identity.current;
    if (unreviewed?.kind !== "cluster") throw new Error("it is of the cluster");

    happen("pod:1", { kind: "confirmed", identity: { ...unreviewed, isReviewed: true } });
    const reviewed = identity.current;
    happen("pod:1", refused);
    happen("pod:1", refused);

    expect(proofOf(unreviewed)).toEqual({ state: "unreviewed", by: "cluster" });
    expect(reviewed && proofOf(reviewed)).toEqual({ state: "proven", by: "cluster" });
    expect(said.slice(2)).toEqual(["confirmed", "ended IDENTITY_REFUSED"]);
  });

  it("does not mind what becomes of a token in whose place another was taken", async () => {
    const { identity, said, happen, denied } = aScene();
    identity.begin(shown("Bearer pod:1"), true, denied);
    await settled();

    identity.ask("pod:2", identity.take, denied);
    await settled();
    happen("pod:1", refused);
    const afterFirst = said.some((each) => each.startsWith("ended"));
    happen("pod:2", refused);

    expect(afterFirst).toBe(false);
    expect(said.at(-1)).toBe("ended IDENTITY_REFUSED");
  });

  it("is denied when something goes wrong as it is taken, and nothing is left that nobody catches", async () => {
    const { identity, said, denied } = aScene();
    const take = (): void => {
      throw new Error("a bug");
    };

    identity.ask("pod:1", take, denied);
    await settled();

    expect(said).toEqual(["pause identity", "denied INTERNAL", "resume identity"]);
  });

  it("tells nobody anything when the stream is over", async () => {
    const { identity, said, over, happen, denied } = aScene();
    identity.begin(shown("Bearer pod:expired"), true, denied);
    over.abort();
    await settled();
    identity.take({ kind: "cluster", node: "neko", credentialId: "pod:1", expiresAtMs: 1, isReviewed: false });

    identity[Symbol.dispose]();
    happen("pod:1", refused);

    expect(said).toEqual(["pause identity", "resume identity"]);
  });
});
