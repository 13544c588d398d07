/** Agents of a cluster prove who they are: real tokens and forged ones, against a real API server, with the collector's own rights. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentIdentity, IdentityChange } from "../../collector/src/identity/agent-identity.ts";
import { type ClusterVerifier, createClusterVerifier } from "../../collector/src/identity/cluster/cluster-verifier.ts";
import { type Clock, createLogger, systemClock } from "../../packages/shared/src/index.ts";
import { until } from "../ollama/until.ts";
import { deletePod, type MadePod } from "./cluster-objects.ts";
import { forgedTokens } from "./forged-tokens.ts";
import { type House, names, startHouse } from "./house.ts";
import { claimsOf } from "./issuer-key.ts";
import { kubernetesBuildLimitMs, missingForKubernetes, restartLimitMs } from "./kubernetes-programs.ts";

const missing = await missingForKubernetes();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;
const never = new AbortController().signal;
const collectorUser = "system:serviceaccount:nodekeeper:nodekeeper-collector";

describe.skipIf(missing !== undefined)(
  `feature 5: a report for a node is accepted only from that node, in a cluster${whyNot}`,
  { timeout: 90_000 },
  () => {
    let house: House;
    /** Requests that made the house, some of them as the collector. */
    let beforeUs: number;
    let verifier: ClusterVerifier;
    let badgerPod: MadePod;
    let badger: string;

    beforeAll(async () => {
      house = await startHouse();
      beforeUs = (await house.cluster.requests()).length;
      verifier = verifierOf(house);
      badgerPod = await house.agentPod("agent-badger", "badger");
      badger = await house.agentToken(badgerPod);
    }, kubernetesBuildLimitMs);

    afterAll(async () => {
      await verifier?.[Symbol.asyncDispose]();
      await house?.[Symbol.asyncDispose]();
    });

    it("an agent is the node of its pod, whatever it says itself, and the API server confirms it", async () => {
      const otter = await house.agentToken(await house.agentPod("agent-otter", "otter"));

      const [first, second] = await Promise.all([verifier.verify(badger, never), verifier.verify(otter, never)]);

      expect(verifier.recognises(badger)).toBe(true);
      expect([first, second]).toMatchObject([
        {
          kind: "cluster",
          node: "badger",
          isReviewed: false,
          credentialId: expect.stringMatching(/^agent-badger\/[0-9a-f]{12}$/),
        },
        { kind: "cluster", node: "otter", isReviewed: false },
      ]);
      const exp = Number(claimsOf(badger)["exp"]);
      expect(first).toMatchObject({ expiresAtMs: exp * 1000 });
      expect(await nextChange(verifier, first)).toMatchObject({ kind: "confirmed", identity: { ...first, isReviewed: true } });
      expect(await verifier.verify(badger, never)).toMatchObject({ node: "badger", isReviewed: true });
    });

    it("the same token shown twice is the same credential, so that the second who shows it can be told from the first", async () => {
      const shown = await Promise.all([verifier.verify(badger, never), verifier.verify(badger, never)]);

      expect(new Set(shown.map((identity) => Object(identity).credentialId)).size).toBe(1);
    });

    describe("a forged or foreign token is refused in words that have nothing of it:", () => {
      it.each(forgedTokens)("$name", async ({ make, code, why }) => {
        const text = await make({ house, pod: badgerPod, token: badger });

        const error = await verifier.verify(text, never).catch((thrown: unknown) => thrown);

        expect(error).toMatchObject({ code, message: expect.stringContaining(why) });
        const said = JSON.stringify(error, ["code", "message", "context", "node", "pod", "credentialId"]);
        for (const part of text.split(".").filter((each) => each.length > 10)) expect(said).not.toContain(part.slice(0, 20));
      });
    });

    it("the token of a pod that is gone is good by its signature alone; the API server refuses it, and the stream ends", async () => {
      const pod = await house.agentPod("agent-gone", "otter");
      const token = await house.agentToken(pod);
      await deletePod(house.cluster.admin, pod);

      const identity = await verifier.verify(token, never);
      expect(identity).toMatchObject({ node: "otter", isReviewed: false });
      const ended = { code: "IDENTITY_REFUSED", context: { node: "otter", credentialId: Object(identity).credentialId } };

      expect(await nextChange(verifier, identity)).toMatchObject({ kind: "ended", error: ended });
      await expect(verifier.verify(token, never)).rejects.toMatchObject(ended);
    });

    it(
      "while the API server is away agents are let in unreviewed, and confirmed when it is back",
      async () => {
        const token = await house.agentToken(await house.agentPod("agent-early", "badger"));
        const gonePod = await house.agentPod("agent-late", "otter");
        const gone = await house.agentToken(gonePod);
        await deletePod(house.cluster.admin, gonePod);
        await house.cluster.stop();

        const identity = await verifier.verify(token, never);
        const other = await verifier.verify(gone, never);
        expect([identity, other]).toMatchObject([
          { node: "badger", isReviewed: false },
          { node: "otter", isReviewed: false },
        ]);
        const changes = Promise.all([nextChange(verifier, identity), nextChange(verifier, other)]);
        await until(async () => verifier.problems().length > 0);
        expect(verifier.problems()).toEqual([expect.stringContaining("tokens of agents cannot be reviewed")]);
        expect(verifier.unreviewed).toBe(2);
        await house.cluster.start();

        expect(await changes).toMatchObject([{ kind: "confirmed", identity: { isReviewed: true } }, { kind: "ended" }]);
        await until(async () => verifier.unreviewed === 0 && verifier.problems().length === 0);
      },
      restartLimitMs,
    );

    it(
      "a collector that has never read the keys says that it cannot verify, not that a token is bad",
      async () => {
        await house.cluster.stop();
        await using young = verifierOf(house);
        const error = await young.verify(badger, never).catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ code: "IDENTITY_UNVERIFIABLE" });
        expect(String(error)).not.toContain("ECONNREFUSED"); // it is a stranger who is told
        expect(young.problems()).toEqual([expect.stringContaining("ECONNREFUSED")]);
        await house.cluster.start();

        const identity = await until(() => young.verify(badger, never).catch(() => undefined));

        expect(identity).toMatchObject({ node: "badger" });
      },
      restartLimitMs,
    );

    it(
      "a new key of the cluster is taken when a token shows it, and the old one's tokens stay good",
      async () => {
        await house.cluster.rotateIssuerKey("ES256");
        const fresh = await house.agentToken(await house.agentPod("agent-fresh", "otter"));

        const identity = await until(() => verifier.verify(fresh, never).catch(() => undefined));

        expect(identity).toMatchObject({ node: "otter" });
        expect(await nextChange(verifier, identity)).toMatchObject({ kind: "confirmed" });
        expect(await verifier.verify(badger, never)).toMatchObject({ node: "badger" });
      },
      restartLimitMs,
    );

    it("at the end of a token its identity ends", async () => {
      const startedAtMs = Date.now();
      const remainingMs = Number(claimsOf(badger)["exp"]) * 1000 - startedAtMs;
      // A collector whose clock says that half a second is left.
      const late: Clock = { ...systemClock, wallMs: () => Date.now() + remainingMs - 500 };
      await using hurried = verifierOf(house, late);

      const identity = await hurried.verify(badger, never);

      const { promise, resolve } = Promise.withResolvers<IdentityChange>();
      using _ = hurried.watch(identity, (change) => {
        if (change.kind === "ended") resolve(change);
      });
      expect(await promise).toMatchObject({ error: { code: "IDENTITY_EXPIRED", context: { node: "badger" } } });
      await expect(hurried.verify(badger, never)).rejects.toMatchObject({ code: "IDENTITY_EXPIRED" });
    });

    describe("feature 90: the agent holds no Kubernetes write right", () => {
      it("the token of its pod opens nothing of the cluster's API", async () => {
        const api = house.cluster.admin.as(await house.agentToken(badgerPod));

        const answers = await Promise.all(
          [`/api/v1/nodes/badger`, `/api/v1/namespaces/nodekeeper/pods`, `/openid/v1/jwks`].map((path) => api.ask("GET", path)),
        );
        api.close();

        expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]); // it is for another audience
      });
    });

    it("the collector asked for nothing but what it may ask", async () => {
      const asked = (await house.cluster.requests()).slice(beforeUs).filter(({ user }) => user === collectorUser);
      const whatOf = (requests: typeof asked): ReadonlySet<string> =>
        new Set(requests.map(({ verb, resource }) => `${verb} ${resource}`));

      const answered = whatOf(asked.filter(({ status }) => status < 300));
      expect(answered).toEqual(
        new Set(["create tokenreviews.authentication.k8s.io", "get /.well-known/openid-configuration", "get /openid/v1/jwks"]),
      );
      // An API server that has just started refuses for a moment what it grants: it does not know the roles yet.
      expect(whatOf(asked)).toEqual(answered);
    });
  },
);

function verifierOf({ client }: House, clock: Clock = systemClock): ClusterVerifier {
  return createClusterVerifier({
    ...{ client, clock, audience: names.audience, serviceAccount: names.agent },
    ...{ random: Math.random, logger: createLogger("test", "silent") },
  });
}

/** What becomes of an identity. */
async function nextChange(verifier: ClusterVerifier, identity: AgentIdentity): Promise<IdentityChange> {
  const { promise, resolve } = Promise.withResolvers<IdentityChange>();
  using _ = verifier.watch(identity, resolve);
  return await promise;
}
