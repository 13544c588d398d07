import { createLogger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { TokenReview } from "../../clients/kubernetes/token-review.ts";
import type { AgentIdentity, IdentityChange } from "../agent-identity.ts";
import { type ClusterVerifier, createClusterVerifier } from "./cluster-verifier.ts";

const issuer = "https://cluster.example";
const username = "system:serviceaccount:nodekeeper:agent";
const lifetimeMs = 600_000;
const never = new AbortController().signal;
let signing: CryptoKey;
let jwk: Readonly<Record<string, unknown>>;
let verifier: ClusterVerifier | undefined;

beforeAll(async () => {
  const pair = await generateKeyPair("ES256");
  signing = pair.privateKey;
  jwk = { kid: "key", alg: "ES256", use: "sig", ...(await exportJWK(pair.publicKey)) };
});

afterEach(async () => {
  await verifier?.[Symbol.asyncDispose]();
});

/** A verifier with a cluster whose answers the test changes, and what was asked of it. */
function aCluster() {
  const clock = new FakeClock();
  const reviewed: string[] = [];
  const cluster = {
    keys: [jwk],
    review: { kind: "confirmed", username, node: "badger" } as TokenReview,
    isAway: false,
  };
  const made = createClusterVerifier({
    client: {
      issuer: async () => ({ issuer, keys: cluster.keys }),
      reviewToken: async (token) => {
        reviewed.push(token);
        if (cluster.isAway) throw new Error("connect ECONNREFUSED");
        return cluster.review;
      },
    },
    ...{ audience: "nodekeeper", serviceAccount: { namespace: "nodekeeper", name: "agent" } },
    ...{ clock, random: () => 0.5, logger: createLogger("test", "silent") },
  });
  verifier = made;
  const passing = async (durationMs: number): Promise<void> => {
    await clock.advance(durationMs);
    for (let turn = 0; turn < 20; turn++) await settle(); // keys are imported by other threads
  };
  const token = (): Promise<string> => {
    const own = {
      namespace: "nodekeeper",
      serviceaccount: { name: "agent" },
      pod: { name: "agent-x" },
      node: { name: "badger" },
    };
    return new SignJWT({ "kubernetes.io": own })
      .setProtectedHeader({ alg: "ES256", kid: "key" })
      .setIssuer(issuer)
      .setAudience("nodekeeper")
      .setSubject(username)
      .setExpirationTime((clock.wallMs() + lifetimeMs) / 1000)
      .sign(signing);
  };
  return { verifier: made, clock, cluster, reviewed, passing, token };
}

function watched(of: ClusterVerifier, identity: AgentIdentity): { readonly changes: IdentityChange[] } & Disposable {
  const changes: IdentityChange[] = [];
  const watching = of.watch(identity, (change) => changes.push(change));
  return { changes, [Symbol.dispose]: () => watching[Symbol.dispose]() };
}

describe("verifier of a cluster's agents", () => {
  it("has a token reviewed once, however often it is shown, and again when it is shown after a minute", async () => {
    const { verifier, token, reviewed, passing } = aCluster();
    const text = await token();

    for (let shown = 0; shown < 5; shown++) await verifier.verify(text, never);
    await passing(1_000);
    for (let shown = 0; shown < 5; shown++) await verifier.verify(text, never);
    await passing(1_000);
    expect(reviewed).toEqual([text]);

    await passing(60_000);
    expect(await verifier.verify(text, never)).toMatchObject({ isReviewed: true });
    await passing(1_000);
    expect(reviewed).toHaveLength(2);
  });

  it("tells of a confirmation once, also where it came before anybody watched", async () => {
    const { verifier, token, passing } = aCluster();
    const identity = await verifier.verify(await token(), never);
    using early = watched(verifier, identity);
    await passing(1_000);

    using late = watched(verifier, identity);
    await passing(1_000);

    for (const { changes } of [early, late])
      expect(changes).toEqual([{ kind: "confirmed", identity: { ...identity, isReviewed: true } }]);
  });

  it.each([
    { name: "refused", review: { kind: "refused", reason: "service account token has been invalidated" }, why: "invalidated" },
    {
      ...{ name: "confirmed for another account", why: "it is system:serviceaccount:other:agent's" },
      review: { kind: "confirmed", username: "system:serviceaccount:other:agent", node: "badger" },
    },
    {
      ...{ name: "confirmed for another node", why: "its node is otter" },
      review: { kind: "confirmed", username, node: "otter" },
    },
  ] as const)("ends the identity of a token that is $name", async ({ review, why }) => {
    const { verifier, token, cluster, passing } = aCluster();
    cluster.review = review;
    const text = await token();
    const identity = await verifier.verify(text, never);
    using stream = watched(verifier, identity);

    await passing(1_000);

    const refused = { code: "IDENTITY_REFUSED", message: expect.stringContaining(why) };
    expect(stream.changes).toMatchObject([{ kind: "ended", error: refused }]);
    await expect(verifier.verify(text, never)).rejects.toMatchObject(refused);
  });

  it("gives a token that was refused another chance after a minute: the API server may have been ill", async () => {
    const { verifier, token, cluster, passing } = aCluster();
    cluster.review = { kind: "refused", reason: "etcdserver: request timed out" };
    const text = await token();
    await verifier.verify(text, never);
    await passing(1_000);
    cluster.review = { kind: "confirmed", username, node: "badger" };

    await expect(verifier.verify(text, never)).rejects.toMatchObject({ code: "IDENTITY_REFUSED" });
    await passing(60_000);

    await expect(verifier.verify(text, never)).rejects.toMatchObject({ code: "IDENTITY_REFUSED" });
    await passing(1_000);
    expect(await verifier.verify(text, never)).toMatchObject({ isReviewed: true });
  });

  it("does not let a token in that was refused, as long as the API server cannot be asked again", async () => {
    const { verifier, token, cluster, passing } = aCluster();
    cluster.review = { kind: "refused", reason: "its pod is gone" };
    const text = await token();
    await verifier.verify(text, never);
    await passing(1_000);
    cluster.isAway = true;

    for (let minute = 0; minute < 3; minute++) {
      await passing(60_000);
      await expect(verifier.verify(text, never)).rejects.toMatchObject({ code: "IDENTITY_REFUSED" });
    }
  });

  it("ends an identity soon after a wall clock that was behind is set right", async () => {
    const { verifier, token, clock, passing } = aCluster();
    using stream = watched(verifier, await verifier.verify(await token(), never));
    await passing(1_000);

    clock.jumpWall(lifetimeMs);
    await passing(60_000);

    expect(stream.changes.at(-1)).toMatchObject({ kind: "ended", error: { code: "IDENTITY_EXPIRED" } });
  });

  it("ends the streams of a key that the cluster withdraws", async () => {
    const { verifier, token, cluster, passing } = aCluster();
    const text = await token();
    using stream = watched(verifier, await verifier.verify(text, never));
    await passing(1_000);

    cluster.keys = [{ ...jwk, kid: "another" }];
    await passing(300_000);

    expect(stream.changes.at(-1)).toMatchObject({ kind: "ended", error: { message: expect.stringContaining("key") } });
    await expect(verifier.verify(text, never)).rejects.toMatchObject({ code: "IDENTITY_REFUSED" });
  });

  it("ends an identity at the end of its token, also one that was never reviewed", async () => {
    const { verifier, token, cluster, passing } = aCluster();
    cluster.isAway = true;
    const text = await token();
    using stream = watched(verifier, await verifier.verify(text, never));

    await passing(lifetimeMs - 1);
    expect(stream.changes).toEqual([]);
    await passing(1);

    expect(stream.changes).toMatchObject([{ kind: "ended", error: { code: "IDENTITY_EXPIRED" } }]);
    await expect(verifier.verify(text, never)).rejects.toMatchObject({ code: "IDENTITY_EXPIRED" });
  });

  it("tells nothing to whom does not watch any more, and leaves no timer", async () => {
    const { verifier, token, clock, passing } = aCluster();
    const stream = watched(verifier, await verifier.verify(await token(), never));
    stream[Symbol.dispose]();

    await passing(lifetimeMs);
    await verifier[Symbol.asyncDispose]();

    expect(stream.changes).toEqual([]);
    expect(clock.sleeperCount).toBe(0);
  });

  it("recognises JSON Web Tokens, and not the credentials of enrolled machines", async () => {
    const { verifier, token } = aCluster();

    expect(verifier.recognises(await token())).toBe(true);
    for (const other of ["", "nkc_0123456789ab_secret", "a.b.c", `eyJ${"a".repeat(20_000)}.e30.x`])
      expect(verifier.recognises(other)).toBe(false);
  });
});
