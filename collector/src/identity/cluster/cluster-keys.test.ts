import { AppError, createLogger } from "@nodekeeper/shared";
import { FakeClock, settle } from "@nodekeeper/shared/test-support";
import { exportJWK, generateKeyPair } from "jose";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { IssuerDocument } from "../../clients/kubernetes/issuer-document.ts";
import { type ClusterKeys, followClusterKeys } from "./cluster-keys.ts";

type Jwk = Readonly<Record<string, unknown>>;

const issuer = "https://cluster.example";
let first: Jwk;
let second: Jwk;
let keys: ClusterKeys | undefined;

beforeAll(async () => {
  first = { kid: "first", alg: "ES256", use: "sig", ...(await exportJWK((await generateKeyPair("ES256")).publicKey)) };
  second = { kid: "second", alg: "ES256", use: "sig", ...(await exportJWK((await generateKeyPair("ES256")).publicKey)) };
});

afterEach(async () => {
  await keys?.[Symbol.asyncDispose]();
});

/** Keys of an API server that gives `answer`, and how often it was asked. */
async function follow(answer: () => Promise<IssuerDocument>) {
  const clock = new FakeClock();
  let asked = 0;
  const made = followClusterKeys({
    client: {
      issuer: () => {
        asked += 1;
        return answer();
      },
    },
    ...{ clock, random: () => 0.5, logger: createLogger("test", "silent") },
  });
  keys = made;
  await made.find({ id: "warm-up", issuer }).catch(() => undefined); // waits for the first answer
  const passing = async (durationMs: number): Promise<void> => {
    await clock.advance(durationMs);
    for (let turn = 0; turn < 20; turn++) await settle(); // keys are imported by other threads
  };
  return { keys: made, clock, passing, asked: () => asked };
}

describe("keys of a cluster", () => {
  it("are known by their id, of the cluster's issuer only", async () => {
    const { keys } = await follow(async () => ({ issuer, keys: [first, second] }));

    expect(await keys.find({ id: "second", issuer })).toMatchObject({ algorithm: "ES256" });
    await expect(keys.find({ id: "second", issuer: "https://other.example" })).rejects.toMatchObject({
      code: "IDENTITY_REFUSED",
    });
  });

  it("are asked for once in ten seconds by a flood of tokens with invented keys", async () => {
    const { keys, passing, asked } = await follow(async () => ({ issuer, keys: [first] }));
    const before = asked();
    const flood = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 100 }, (_, index) => keys.find({ id: `invented-${index}`, issuer }).catch(() => undefined)),
      );

    await flood();
    expect(asked() - before).toBe(0); // they were read a moment ago
    await passing(10_000);
    await flood();
    await flood();

    expect(asked() - before).toBe(1);
  });

  it("hold while the API server is away, and a new one cannot be told from a forged one then", async () => {
    let isAway = false;
    const { keys, passing } = await follow(async () => {
      if (isAway) throw new AppError("PEER_UNREACHABLE", "connect ECONNREFUSED");
      return { issuer, keys: [first] };
    });

    isAway = true;
    await passing(3_600_000);

    expect(await keys.find({ id: "first", issuer })).toMatchObject({ algorithm: "ES256" });
    await expect(keys.find({ id: "second", issuer })).rejects.toMatchObject({ code: "IDENTITY_UNVERIFIABLE" });
    expect(keys.problems()).toEqual(["the cluster's keys cannot be read: connect ECONNREFUSED"]);
    isAway = false;
    await passing(120_000);
    expect(keys.problems()).toEqual([]);
  });

  it("are forgotten within minutes when the cluster withdraws them", async () => {
    let served: readonly Jwk[] = [first, second];
    const { keys, passing } = await follow(async () => ({ issuer, keys: served }));
    let changes = 0;
    keys.onChanged(() => {
      changes += 1;
    });

    served = [second];
    await passing(300_000);

    expect([keys.has("first"), keys.has("second"), changes]).toEqual([false, true, 1]);
    await passing(300_000);
    expect(changes).toBe(1);
  });

  it("that are of no use are left out, and the others are taken", async () => {
    const useless: readonly Jwk[] = [
      { kid: "shared", kty: "oct", alg: "HS256", k: "c2VjcmV0" },
      { kid: "broken", kty: "RSA", alg: "RS256" },
      { kid: "encrypts", use: "enc", ...first },
      { kid: "unnamed", kty: "EC" },
    ];
    const { keys } = await follow(async () => ({ issuer, keys: [...useless.map((key) => ({ ...key })), second] }));

    expect(["shared", "broken", "unnamed", "second"].map((id) => keys.has(id))).toEqual([false, false, false, true]);
  });

  it("that an API server never gives keep nobody waiting longer than five seconds", async () => {
    const clock = new FakeClock();
    const made = followClusterKeys({
      client: { issuer: (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))) },
      ...{ clock, random: () => 0.5, logger: createLogger("test", "silent") },
    });
    keys = made;
    const asked = expect(made.find({ id: "first", issuer })).rejects.toMatchObject({ code: "IDENTITY_UNVERIFIABLE" });

    await clock.advance(5_000);

    await asked;
    expect(made.problems()).toEqual([expect.stringContaining("within 5 s")]);
  });
});
