/** The collector's own authority on real sockets: chain, names, and who does not get in. */
import { access, stat } from "node:fs/promises";
import { status } from "@grpc/grpc-js";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "../../collector/src/tls/certificates.ts";
import { connectAgent } from "../fakes/fake-agent.ts";
import { aCollector } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import {
  aPublicCollector,
  authoritiesIn,
  connectByTls,
  enrolled,
  enrollIn,
  type PublicCollector,
  shakeHands,
} from "./public-collector.ts";

const dayMs = 24 * 3_600_000;
const stack = new AsyncDisposableStack();
let dataDir = "";
let collector: PublicCollector;
let authority = "";

beforeAll(async () => {
  dataDir = stack.use(await temporaryFolder()).path;
  await enrollIn(dataDir);
  collector = stack.use(await aPublicCollector({ dataDir }));
  authority = (await authoritiesIn(dataDir))[0]?.certificate ?? "";
});
afterAll(() => stack.disposeAsync());

describe("feature 4: mutual authentication on by default", () => {
  it("serves agents by TLS from an authority that it made for itself, and tells them of it", async () => {
    await using agent = connectByTls(collector.publicGrpcAddress, [authority]);

    agent.hello({ nodeName: enrolled.node });

    await agent.next("helloAck");
    const trust = await agent.next("trust");
    expect(trust.serverName).toBe("nodekeeper-collector");
    expect(trust.addresses).toEqual(["collector.home:0"]);
    expect(trust.caCertificates).toHaveLength(1);
    await using next = connectByTls(collector.publicGrpcAddress, trust.caCertificates);
    next.hello({ nodeName: enrolled.node });
    await next.next("helloAck");
  });

  it("keeps the authority's key for the owner of the vault alone", async () => {
    expect((await stat(`${dataDir}/vault.json`)).mode & 0o777).toBe(0o600);
  });

  it.each(["nodekeeper-collector", "collector.home", "localhost", "127.0.0.1"])(
    "bears %s, with its whole chain",
    async (name) => {
      const options = name === "127.0.0.1" ? {} : { servername: name };

      const seen = await shakeHands(collector.publicGrpcAddress, { ca: authority, ...options });

      expect(seen.protocol).toBe("TLSv1.3");
      expect(seen.alpnProtocol).toBe("h2");
      expect(seen.certificate?.issuerCertificate?.toString().trim()).toBe(authority.trim());
    },
  );

  it("does not pass for a name that it does not bear", async () => {
    await expect(shakeHands(collector.publicGrpcAddress, { ca: authority, servername: "other.home" })).rejects.toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });

  it("is not trusted by an agent that trusts another authority", async () => {
    const nowMs = Date.now();
    const stranger = await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs });
    await using agent = connectByTls(collector.publicGrpcAddress, [stranger.certificate]);

    expect(await agent.ended).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringMatching(/certificate|issuer/) });
  });

  it("speaks nothing older than TLS 1.3", async () => {
    await expect(
      shakeHands(collector.publicGrpcAddress, { ca: authority, servername: "localhost", maxVersion: "TLSv1.2" }),
    ).rejects.toMatchObject({ code: expect.stringContaining("ALERT_PROTOCOL_VERSION") });
  });

  it("has no ear for an agent without TLS on the public door", async () => {
    await using agent = connectAgent(collector.publicGrpcAddress);

    agent.hello();

    expect(await agent.ended).toMatchObject({ code: status.UNAVAILABLE });
  });

  it("is refused when its certificate is past its time", async () => {
    await using folder = await temporaryFolder();
    await using late = await aPublicCollector({ dataDir: folder.path, clock: new FakeClock(Date.now() - 40 * dayMs) });
    const [old] = await authoritiesIn(folder.path);

    await expect(shakeHands(late.publicGrpcAddress, { ca: old?.certificate, servername: "localhost" })).rejects.toMatchObject({
      code: "CERT_HAS_EXPIRED",
    });
  });

  it("tells nothing of trust on the door of this machine, which has no TLS", async () => {
    await using agent = connectAgent(collector.grpcAddress);

    agent.hello({ nodeName: "panther" });
    await agent.next("helloAck");
    agent.halfClose();
    await agent.ended;

    expect(agent.received.map(({ message }) => message.case)).not.toContain("trust");
  });

  it("makes no authority for a collector that others cannot reach", async () => {
    await using folder = await temporaryFolder();
    await using _ = await aCollector({ args: [`--data-dir=${folder.path}`] });

    await expect(access(`${folder.path}/vault.json`)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("says when the certificate ends", async () => {
    const seconds = await collector.metric("nodekeeper_collector_tls_certificate_expiry_timestamp_seconds");

    expect(seconds * 1000 - Date.now()).toBeGreaterThan(29 * dayMs);
    expect(await collector.ready()).toMatchObject({ status: 200 });
  });
});
