/** What is dialled and shown, from files that change under a running agent. */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { type Trust, TrustSchema } from "@nodekeeper/proto";
import type { Address } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { beforeAll, describe, expect, it } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import { makeAuthority, type TestAuthority } from "../test-support/test-authority.ts";
import { type Access, createAccess } from "./access.ts";
import { readIdentity, type StoredIdentity, writeIdentity } from "./identity-file.ts";

let authority: TestAuthority;
let successor: TestAuthority;

beforeAll(async () => {
  authority = await makeAuthority("first");
  successor = await makeAuthority("second");
});

function identity(change: Partial<StoredIdentity> = {}): StoredIdentity {
  return {
    nodeName: "siberian",
    credentials: ["nkc_1"],
    caCertificates: [authority.pem],
    givenAddresses: ["192.0.2.1:7071"],
    addresses: ["nas:7071", "[fd00::1]:7071"],
    serverName: "nodekeeper-collector",
    ...change,
  };
}

function trust(fields: Partial<Pick<Trust, "caCertificates" | "addresses" | "serverName">>): Trust {
  return create(TrustSchema, fields);
}

function enrolled(folder: string, collectors: readonly Address[] = []): { readonly access: Access; readonly path: string } {
  const path = join(folder, "identity.json");
  const config = { collectors, tokenFile: undefined, caFile: undefined, identityFile: path, serverName: "unused" };
  return { access: createAccess(config, new FakeClock()), path };
}

function tokenUntil(seconds: number): string {
  return `e30.${Buffer.from(JSON.stringify({ exp: seconds })).toString("base64url")}.c2ln`;
}

describe("access of an enrolled machine", () => {
  it("dials what was given on the command line, then what it was enrolled with, then what the collector told", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path, [{ host: "10.0.0.9", port: 1 }]);
    writeIdentity(path, identity());

    const { addresses, credentials, nodeName, trust: trusted } = access.approach();

    expect(addresses.map(({ host }) => host)).toEqual(["10.0.0.9", "192.0.2.1", "nas", "fd00::1"]);
    expect(credentials).toEqual(["nkc_1"]);
    expect(nodeName).toBe("siberian");
    expect(trusted).toMatchObject({ serverName: "nodekeeper-collector", authorities: [expect.stringContaining("first")] });
  });

  it("finds an identity that comes while it runs, and dials anew by TLS", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    expect(access.approach()).toMatchObject({ trust: undefined, credentials: [undefined] });
    expect(access.renewal(undefined)).toEqual({ kind: "none" });

    writeIdentity(path, identity());

    expect(access.renewal(undefined)).toEqual({ kind: "redial" });
    expect(access.approach().credentials).toEqual(["nkc_1"]);
  });

  it("shows a new credential only once it is on the disk, and keeps the old one until the new one was taken", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();

    expect(access.keepSuccessor("nkc_2")).toBe(true);

    expect(readIdentity(path)?.credentials).toEqual(["nkc_2", "nkc_1"]);
    // As after a crash: another process reads the file, and the collector has taken neither.
    expect(enrolled(folder.path).access.approach().credentials).toEqual(["nkc_2", "nkc_1"]);
    access.accepted("nkc_2");
    expect(readIdentity(path)?.credentials).toEqual(["nkc_2"]);
  });

  it("does not use a new credential that cannot be kept", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();
    mkdirSync(`${path}.new`); // nothing can be written there

    expect(() => access.keepSuccessor("nkc_2")).toThrow(`cannot keep the identity in ${path}`);

    expect(access.approach().credentials).toEqual(["nkc_1"]);
    expect(enrolled(folder.path).access.approach().credentials).toEqual(["nkc_1"]);
  });

  it("keeps whom to trust and where to dial for its next start, and refuses what cannot be", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();
    const before = statSync(path).mtimeMs;

    access.learn(
      trust({ caCertificates: [authority.der, successor.der], addresses: ["tail.example:7071"], serverName: "other" }),
    );

    const kept = readIdentity(path);
    expect(kept?.caCertificates).toHaveLength(2);
    expect(kept).toMatchObject({ addresses: ["tail.example:7071"], givenAddresses: ["192.0.2.1:7071"], serverName: "other" });
    expect(access.approach().trust?.authorities).toHaveLength(2);
    expect(statSync(path).mtimeMs).toBeGreaterThanOrEqual(before);
    access.learn(trust({}));
    expect(readIdentity(path)).toEqual(kept);
    expect(() => access.learn(trust({ caCertificates: [new Uint8Array([1, 2])] }))).toThrow("cannot be");
    expect(() => access.learn(trust({ addresses: ["no port"] }))).toThrow("cannot be");
    expect(readIdentity(path)).toEqual(kept);
  });

  it("refuses a file that others may read, and says what to do, without a word of what is in it", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    chmodSync(path, 0o644);

    expect(() => access.approach()).toThrow(`chmod 600 ${path}`);
    expect(access.problems().join()).not.toContain("nkc_1");
    chmodSync(path, 0o600);
    expect(access.approach().credentials).toEqual(["nkc_1"]);
    expect(access.problems()).toEqual([]);
  });

  it.each([
    ["no JSON", "{nkc_secret"],
    ["no form of ours", JSON.stringify({ credentials: ["nkc_secret"] })],
    ["a credential that no header can carry", { credentials: ["nkc_secret\r\nx: y"] }],
    ["no authority", { caCertificates: [] }],
    ["an authority that is none", { caCertificates: ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"] }],
    ["an address that is none", { addresses: ["nas"] }],
  ])("goes on with the last good identity when the file has %s", async (_, content) => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();

    const text = typeof content === "string" ? content : JSON.stringify({ format: 1, ...identity(), ...content });
    writeFileSync(path, text, { mode: 0o600 });

    expect(access.approach().credentials).toEqual(["nkc_1"]);
    expect(access.problems().join()).toContain(`the identity in ${path} cannot be used`);
    expect(access.problems().join()).not.toContain("secret");
  });

  it.each([
    ["is empty", ""],
    ["no header can carry", "nkc_2\r\nx: y"],
    ["is longer than any", "n".repeat(20_000)],
  ])("keeps no successor that %s, since it could not start by it", async (_, credential) => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();

    expect(() => access.keepSuccessor(credential)).toThrow("no credential that could be shown");

    expect(readIdentity(path)?.credentials).toEqual(["nkc_1"]);
  });

  it("keeps no name that no certificate could bear, and no more than it could read again", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();

    for (const serverName of ["a\nb", "x".repeat(300), "../x"])
      expect(() => access.learn(trust({ serverName }))).toThrow("no name that a certificate could bear");

    expect(() => writeIdentity(path, identity({ givenAddresses: new Array(20_000).fill("192.0.2.1:7071") }))).toThrow(
      "too large",
    );
    expect(readIdentity(path)).toEqual(identity());
  });

  it("forgets no credential that took it in, however many successors come, and writes its file at a bounded rate", async () => {
    await using folder = await createTempDirectory();
    const path = join(folder.path, "identity.json");
    const clock = new FakeClock();
    const config = { collectors: [], tokenFile: undefined, caFile: undefined, identityFile: path, serverName: "unused" };
    writeIdentity(path, identity());
    const access = createAccess(config, clock);
    access.approach();

    for (let count = 2; count <= 9; count++) access.keepSuccessor(`nkc_${count}`);

    expect(readIdentity(path)?.credentials).toEqual(["nkc_9", "nkc_8", "nkc_1"]);
    expect(() => access.keepSuccessor("nkc_10")).toThrow("too often");
    await clock.advance(15_000);
    expect(access.keepSuccessor("nkc_10")).toBe(true);
    expect(() => access.keepSuccessor("nkc_11")).toThrow("too often");
    access.keepSuccessor("nkc_10"); // nothing is written for it
  });

  it("is not what a collector may write to once the machine was enrolled with another one", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();
    const other = identity({ credentials: ["nkc_other"], caCertificates: [successor.pem], givenAddresses: ["192.0.2.9:7071"] });
    writeIdentity(path, other);

    access.accepted("nkc_1");
    access.learn(trust({ caCertificates: [authority.der], addresses: ["nas:7071"] }));
    expect(access.keepSuccessor("nkc_2")).toBe(false);

    expect(readIdentity(path)).toEqual(other);
    expect(access.renewal("nkc_1")).toEqual({ kind: "redial" });
  });

  it("goes on keeping what the collector tells when a person wrote another address into it", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();
    writeIdentity(path, identity({ givenAddresses: ["192.0.2.7:7071"] }));

    expect(access.renewal("nkc_1")).toEqual({ kind: "none" });

    expect(access.keepSuccessor("nkc_2")).toBe(true);
    expect(readIdentity(path)).toMatchObject({ credentials: ["nkc_2", "nkc_1"], givenAddresses: ["192.0.2.7:7071"] });
  });

  it("stays away from the file when it is removed while a stream is open", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity());
    access.approach();
    rmSync(path);

    access.learn(trust({ addresses: ["nas:7072"] }));

    expect(access.keepSuccessor("nkc_2")).toBe(false);
    expect(() => statSync(path)).toThrow("ENOENT");
    expect(access.renewal("nkc_1")).toEqual({ kind: "none" });
  });

  it("does not dial anew for a successor that the collector did not take", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    writeIdentity(path, identity({ credentials: ["nkc_2", "nkc_1"] }));
    access.approach();

    expect(access.renewal("nkc_1")).toEqual({ kind: "none" });
  });

  it("waits for nothing that is no file, and reads no more than there could be", async () => {
    await using folder = await createTempDirectory();
    const { access, path } = enrolled(folder.path);
    execFileSync("mkfifo", ["-m", "600", path]);

    expect(() => access.approach()).toThrow("it is no regular file");

    rmSync(path);
    writeFileSync(path, "x".repeat(300 * 1024), { mode: 0o600 });
    expect(() => access.approach()).toThrow("it is larger than 256 KiB");
  });

  it("writes a file that is its own alone, and leaves no draft", async () => {
    await using folder = await createTempDirectory();
    const { path } = enrolled(folder.path);
    writeFileSync(`${path}.new`, "of a crash");

    writeIdentity(path, identity());

    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(() => statSync(`${path}.new`)).toThrow("ENOENT");
    expect(readIdentity(path)).toEqual(identity());
  });
});

describe("access of a pod", () => {
  function pod(folder: string): { readonly access: Access; readonly clock: FakeClock; write(token: string, ca: string): void } {
    const clock = new FakeClock();
    const tokenFile = join(folder, "token");
    const caFile = join(folder, "ca.crt");
    const write = (token: string, ca: string): void => {
      writeFileSync(`${tokenFile}.new`, token);
      writeFileSync(`${caFile}.new`, ca);
      renameSync(`${tokenFile}.new`, tokenFile);
      renameSync(`${caFile}.new`, caFile);
    };
    write(tokenUntil(clock.wallMs() / 1000 + 3_600), authority.pem);
    const collectors = [{ host: "nodekeeper.svc", port: 7071 }];
    const config = { collectors, tokenFile, caFile, identityFile: join(folder, "none.json"), serverName: "nodekeeper-collector" };
    return { access: createAccess(config, clock), clock, write };
  }

  it("shows a token that was replaced on the disk on the open stream", async () => {
    await using folder = await createTempDirectory();
    const { access, clock, write } = pod(folder.path);
    const [shown] = access.approach().credentials;
    expect(access.renewal(shown)).toEqual({ kind: "none" });

    const next = tokenUntil(clock.wallMs() / 1000 + 7_200);
    write(next, authority.pem);

    expect(access.renewal(shown)).toEqual({ kind: "show", credential: next });
  });

  it("looks at most once a minute, and once more before its token ends", async () => {
    await using folder = await createTempDirectory();
    const { access, clock } = pod(folder.path);
    access.approach();
    expect(access.nextLookMs()).toBe(60_000);

    await clock.advance(3_600_000 - 50_000);

    expect(access.nextLookMs()).toBe(20_000);
    await clock.advance(60_000);
    expect(access.nextLookMs()).toBe(60_000);
  });

  it("trusts who stands in its bundle and whom the collector told, and a bundle that changes without a restart", async () => {
    await using folder = await createTempDirectory();
    const { access, write } = pod(folder.path);
    const first = access.approach().trust;
    expect(access.approach().trust).toBe(first);

    access.learn(trust({ caCertificates: [successor.der] }));

    expect(access.approach().trust?.authorities).toHaveLength(2);
    write(tokenUntil(1), successor.pem);
    expect(access.approach().trust?.authorities).toEqual([expect.stringContaining("second")]);
    expect(access.keepSuccessor("nkc_1")).toBe(false);
  });

  it("says which file is missing, and goes on once it is there", async () => {
    await using folder = await createTempDirectory();
    const { write } = pod(folder.path);
    const token = readFileSync(join(folder.path, "token"), "utf8");
    rmSync(join(folder.path, "token"));
    const collectors = [{ host: "nodekeeper.svc", port: 7071 }];
    const files = { tokenFile: join(folder.path, "token"), caFile: join(folder.path, "ca.crt"), identityFile: "/nowhere" };
    const access = createAccess({ collectors, ...files, serverName: "x" }, new FakeClock());

    expect(() => access.approach()).toThrow(`the token in ${files.tokenFile} cannot be read: ENOENT`);
    write(token, authority.pem);
    expect(access.approach().credentials).toEqual([token]);
  });
});
