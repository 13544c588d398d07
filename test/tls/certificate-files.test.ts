/** Somebody else's certificate, laid and replaced as Kubernetes does it in a mounted Secret: folders behind one symlink that is swapped. */
import { mkdir, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import type { StoredAuthority } from "../../collector/src/identity/vault.ts";
import { createAuthority, type IssuedCertificate, issueCertificate } from "../../collector/src/tls/certificates.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import {
  aPublicCollector,
  connectByTls,
  enrolled,
  enrollIn,
  type PublicCollector,
  publicName,
  shakeHands,
} from "./public-collector.ts";

describe("cert-manager's certificate", () => {
  it("is served in place of our own, and agents are told its authority and a name that it bears", async () => {
    await using secret = await aMountedSecret();
    await using collector = await secret.collector();

    await using agent = connectByTls(collector.publicGrpcAddress, [secret.authority.certificate]);
    agent.hello({ nodeName: enrolled.node });
    const trust = await agent.next("trust");

    expect(trust.caCertificates).toHaveLength(1);
    expect(trust.serverName).toBe("nodekeeper-collector");
    expect(collector.authority).toBeUndefined();
  });

  it("is taken anew when its files change, and no stream ends for that", async () => {
    await using secret = await aMountedSecret();
    await using collector = await secret.collector();
    await using agent = connectByTls(collector.publicGrpcAddress, [secret.authority.certificate]);
    agent.hello({ nodeName: enrolled.node });
    await agent.next("trust");
    const before = await secret.fingerprint(collector);

    await secret.replace(await secret.issue());
    await eventually(async () => {
      await secret.clock.advance(13_000);
      expect(await secret.fingerprint(collector)).not.toBe(before);
    });

    agent.halfClose();
    expect(await agent.ended).toMatchObject({ code: 0 }); // it was open until then
    expect(agent.received.filter(({ message }) => message.case === "trust")).toHaveLength(1); // whom to trust is as it was
    expect((await collector.ready()).status).toBe(200);
  });

  it.each([
    {
      name: "a certificate with another key",
      spoil: (good: IssuedCertificate, other: IssuedCertificate) => ({ ...good, key: other.key }),
      problem: "the key is not the certificate's",
    },
    {
      name: "half a key",
      spoil: (good: IssuedCertificate) => ({ ...good, key: good.key.slice(0, 60) }),
      problem: "the key cannot be read",
    },
    { name: "nothing", spoil: (good: IssuedCertificate) => ({ ...good, certificate: "" }), problem: "has no certificate in PEM" },
  ])("is not taken when it becomes $name: the old one is served, and readiness says why", async ({ spoil, problem }) => {
    await using secret = await aMountedSecret();
    await using collector = await secret.collector();
    const before = await secret.fingerprint(collector);

    await secret.replace(spoil(await secret.issue(), await secret.issue()));
    await eventually(async () => {
      await secret.clock.advance(13_000);
      expect(await collector.ready()).toMatchObject({ status: 200, text: expect.stringContaining(problem) });
    });

    expect(await secret.fingerprint(collector)).toBe(before);

    await secret.replace(await secret.issue());
    await eventually(async () => {
      await secret.clock.advance(13_000);
      expect(await collector.ready()).toMatchObject({ status: 200, text: "ok\n" });
    });
    expect(await secret.fingerprint(collector)).not.toBe(before);
  });

  it("is refused at the start with everything that is wrong with it", async () => {
    await using secret = await aMountedSecret();
    await secret.replace({ ...(await secret.issue([])), key: "?" });

    await expect(secret.collector()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(/the key cannot be read(?:.|\n)*does not bear collector\.home/),
    });
  });

  it("is refused when its file is not there", async () => {
    await using secret = await aMountedSecret();

    await expect(secret.collector(["--tls-ca=/nowhere/ca.crt"])).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("/nowhere/ca.crt"),
    });
  });

  it("is a problem before it ends without having been renewed", async () => {
    await using secret = await aMountedSecret();
    await using collector = await secret.collector();

    secret.clock.jumpWall(28 * 24 * 3_600_000);

    expect(await collector.ready()).toMatchObject({ status: 200, text: expect.stringContaining("was not renewed") });
  });
});

/** A folder as the kubelet mounts a Secret of cert-manager's: tls.crt without the authority, which lies in ca.crt. */
async function aMountedSecret() {
  const folder = await temporaryFolder();
  const nowMs = systemClock.wallMs();
  const clock = new FakeClock(nowMs);
  const authority: StoredAuthority = await createAuthority({ createdAtMs: nowMs, signsFromMs: nowMs });
  const issue = (names: readonly string[] = [publicName]): Promise<IssuedCertificate> =>
    issueCertificate(authority, names, nowMs);

  async function replace({ certificate, key }: Pick<IssuedCertificate, "certificate" | "key">): Promise<void> {
    const version = `..${(await readdir(folder.path)).length}`;
    await mkdir(join(folder.path, version));
    await writeFile(join(folder.path, version, "tls.crt"), certificate);
    await writeFile(join(folder.path, version, "tls.key"), key);
    await writeFile(join(folder.path, version, "ca.crt"), authority.certificate);
    await symlink(version, join(folder.path, "..data_tmp"));
    await rename(join(folder.path, "..data_tmp"), join(folder.path, "..data"));
  }

  await replace(await issue());
  for (const name of ["tls.crt", "tls.key", "ca.crt"]) await symlink(join("..data", name), join(folder.path, name));
  await enrollIn(folder.path);
  return {
    clock,
    authority,
    issue,
    replace,
    collector: (more: readonly string[] = []): Promise<PublicCollector> => {
      const file = (name: string): string => join(folder.path, name);
      const args = [`--tls-cert=${file("tls.crt")}`, `--tls-key=${file("tls.key")}`, `--tls-ca=${file("ca.crt")}`];
      return aPublicCollector({ dataDir: folder.path, clock, args: [...args, ...more] });
    },
    async fingerprint(collector: PublicCollector): Promise<string> {
      const seen = await shakeHands(collector.publicGrpcAddress, { ca: authority.certificate, servername: publicName });
      return seen.certificate?.fingerprint256 ?? "";
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
