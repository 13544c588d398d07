/** A real agent that is killed while it gets another credential, and a real collector. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeIdentity } from "../../agent/src/access/identity-file.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { anAgentFolder } from "../integration/agent-under-test.ts";
import { identityScene } from "./identity-scene.ts";

/** From the answer to the one who rotates until the agent is killed: before, while and after it saves and shows what it got. */
const killedAfterMs = [0, 3, 8, 20, 60] as const;

describe("feature 7: credential rotation locks nobody out when the agent is killed", () => {
  it("at any moment, again and again", { timeout: 400_000 }, async () => {
    await using scene = await identityScene();
    await using folder = await anAgentFolder();
    const file = join(folder.path, "identity.json");
    const { host, port } = scene.collector.publicGrpcAddress ?? { host: "", port: 0 };
    const joinToken = await scene.joinToken("under-test");
    const { credential, caCertificates, serverName } = await scene.enroll({ joinToken });
    const pem = caCertificates.map(
      (der) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString("base64")}\n-----END CERTIFICATE-----\n`,
    );
    const addresses = { givenAddresses: [`${host}:${port}`], addresses: [] };
    writeIdentity(file, { nodeName: "under-test", credentials: [credential], caCertificates: pem, ...addresses, serverName });
    const isConnected = async (): Promise<boolean> =>
      scene.collector.node("under-test").then(
        ({ summary }) => summary.isConnected,
        () => false, // it has not been met yet
      );

    const saved: number[] = [];
    for (const afterMs of killedAfterMs) {
      const agent = folder.agent("run", "--identity-file", file);
      agent.start();
      await waitUntil("the agent reports", 40_000, isConnected);
      await scene.admin("POST", "/api/v1/credentials/under-test/rotate");
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await agent.kill();
      saved.push((JSON.parse(readFileSync(file, "utf8")) as { readonly credentials: readonly string[] }).credentials.length);
      await waitUntil("the stream is over", 40_000, async () => !(await isConnected()));
    }
    const last = folder.agent("run", "--identity-file", file);
    last.start();
    await waitUntil("the agent reports", 40_000, isConnected);
    // A rotation that the last kill cut off may begin anew after there was only one.
    await waitUntil("one credential is left, and the agent's", 60_000, async () => {
      const [kept, ...others] = (await scene.vault()).credentials;
      const [newest] = (JSON.parse(readFileSync(file, "utf8")) as { readonly credentials: readonly string[] }).credentials;
      return others.length === 0 && newest?.slice(4, 16) === kept?.id;
    });

    expect(saved).toHaveLength(killedAfterMs.length);
    expect(scene.collector.store.audit.filter(({ outcome }) => outcome === "refused")).toEqual([]);
  });
});
