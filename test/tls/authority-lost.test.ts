/** A restore drill: the vault is gone for good, and with it the authority. */
import { copyFile, rm } from "node:fs/promises";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aPublicCollector, authoritiesIn, connectByTls, enrolled, enrollIn } from "./public-collector.ts";

describe("restore drill: the authority is lost", () => {
  it("makes a new one, which agents outside do not trust before they are enrolled anew, and which can be published", async () => {
    await using folder = await temporaryFolder();
    await enrollIn(folder.path);
    {
      await using collector = await aPublicCollector({ dataDir: folder.path });
      await using agent = connectByTls(collector.publicGrpcAddress, await trustedNow(folder.path));
      agent.hello({ nodeName: enrolled.node });
      await agent.next("helloAck");
    }
    const before = await trustedNow(folder.path);
    await rm(`${folder.path}/vault.json`);

    await using collector = await aPublicCollector({ dataDir: folder.path });

    // An agent outside keeps to what it trusts: nobody can pass for the collector by making it forget.
    await using outside = connectByTls(collector.publicGrpcAddress, before);
    expect(await outside.ended).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringMatching(/certificate|issuer/) });
    // With the new authority, by a new join token or from the ConfigMap, it gets as far as its credential, which was lost with the vault.
    await using informed = connectByTls(collector.publicGrpcAddress, await trustedNow(folder.path));
    informed.hello({ nodeName: enrolled.node });
    expect(await informed.ended).toMatchObject({ code: status.UNAUTHENTICATED });
  });

  it("goes on unharmed from a copy of the vault", async () => {
    await using folder = await temporaryFolder();
    await using elsewhere = await temporaryFolder();
    await enrollIn(folder.path);
    await using first = await aPublicCollector({ dataDir: folder.path });
    const trusted = await trustedNow(folder.path);
    await copyFile(`${folder.path}/vault.json`, `${elsewhere.path}/vault.json`);
    await first[Symbol.asyncDispose]();

    await using collector = await aPublicCollector({ dataDir: elsewhere.path });

    await using agent = connectByTls(collector.publicGrpcAddress, trusted);
    agent.hello({ nodeName: enrolled.node });
    await agent.next("helloAck");
  });
});

async function trustedNow(dataDir: string): Promise<readonly string[]> {
  return (await authoritiesIn(dataDir)).map(({ certificate }) => certificate);
}
