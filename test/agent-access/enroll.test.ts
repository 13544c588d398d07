/** From a join token to an agent that reports: the command and the agent as they are installed, against a real collector with its own authority. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Address, systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { FakeCollector } from "../../agent/src/test-support/fake-collector.ts";
import { makeAuthority } from "../../agent/src/test-support/test-authority.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { repositoryPath } from "../e2e/installation.ts";
import { type IdentityScene, identityScene } from "../identity/identity-scene.ts";
import { anAgentFolder } from "../integration/agent-under-test.ts";
import { eventually } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

interface Said {
  readonly exitCode: number | null;
  readonly out: string;
  readonly error: string;
}

/** `nodekeeper enroll …`; the token on the standard input unless it stands among the arguments. */
async function enroll(args: readonly string[], input = ""): Promise<Said> {
  const main = repositoryPath("packages/cli/src/main.ts");
  const child = spawn(process.execPath, [main, "enroll", ...args], { env: {}, stdio: "pipe" });
  const said = { out: "", error: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.error += chunk.toString()));
  child.stdin.end(input);
  const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { exitCode, ...said };
}

function text({ host, port }: Address): string {
  return `${host}:${port}`;
}

async function isConnected(scene: IdentityScene): Promise<boolean> {
  return scene.collector.node("under-test").then(
    ({ summary }) => summary.isConnected,
    () => false, // it has not been met yet
  );
}

function publicDoor(scene: IdentityScene): string {
  const address = scene.collector.publicGrpcAddress;
  if (address === undefined) throw new Error("the collector has no public door");
  return text(address);
}

describe("feature 6: nodekeeper enroll", { timeout: 90_000 }, () => {
  it("takes a machine in by one command, keeps what it got for its agent alone, and the agent reports by it", async () => {
    await using scene = await identityScene();
    await using folder = await anAgentFolder();
    const file = join(folder.path, "report", "identity.json");

    const said = await enroll(
      [`127.0.0.1:1,${publicDoor(scene)}`, "--identity-file", file],
      `${await scene.joinToken("under-test")}\n`,
    );

    expect(said).toMatchObject({ exitCode: 0, error: "" });
    expect(said.out).toContain("this machine is under-test");
    expect(said.out).toContain("systemctl enable --now nodekeeper-probe nodekeeper-report");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const agent = folder.agent("run", "--identity-file", file);
    agent.start();
    await waitUntil("the agent reports", 60_000, () => isConnected(scene));
    const credential: string = JSON.parse(readFileSync(file, "utf8")).credentials[0];
    expect(said.out + said.error).not.toContain(credential);
    expect(readFileSync(join(folder.path, "run-0.log"), "utf8")).not.toContain(credential);
  });

  it("is taken up by an agent that runs, without a restart", async () => {
    await using scene = await identityScene();
    await using folder = await anAgentFolder();
    const file = join(folder.path, "identity.json");
    const agent = folder.agent("run", "--identity-file", file);
    agent.start();
    await systemClock.sleep(1_000, new AbortController().signal);

    await enroll([publicDoor(scene), "--identity-file", file, "--token", await scene.joinToken("under-test")]);

    await waitUntil("the agent reports", 60_000, () => isConnected(scene));
  });

  it("rotates its credential while it reports, and its stream goes on", async () => {
    await using scene = await identityScene();
    await using folder = await anAgentFolder();
    const file = join(folder.path, "identity.json");
    await enroll([publicDoor(scene), "--identity-file", file, "--token", await scene.joinToken("under-test")]);
    const before: string = JSON.parse(readFileSync(file, "utf8")).credentials[0];
    const agent = folder.agent("run", "--identity-file", file);
    agent.start();
    await waitUntil("the agent reports", 60_000, () => isConnected(scene));

    const { status } = await scene.admin("POST", "/api/v1/credentials/under-test/rotate");

    expect(status).toBeLessThan(300);
    await eventually(async () => expect((await scene.vault()).credentials.map(({ replaces }) => replaces)).toEqual([undefined]));
    await eventually(async () => {
      const [newest] = JSON.parse(readFileSync(file, "utf8")).credentials;
      expect(newest).not.toBe(before);
    });
    expect((await scene.collector.node("under-test")).summary.isConnected).toBe(true);
    expect(readFileSync(join(folder.path, "run-0.log"), "utf8").match(/connected to the collector/g)).toHaveLength(1);
  });

  it("gives a token to nobody but the collector that made it, and says so", async () => {
    await using scene = await identityScene();
    await using folder = await temporaryFolder();
    const stranger = await makeAuthority("stranger");
    await using other = await FakeCollector.listen({ tls: await stranger.issue() });
    const file = join(folder.path, "identity.json");
    const token = await scene.joinToken("siberian");

    const said = await enroll([text(other.address), "--identity-file", file], token);

    expect(said.exitCode).not.toBe(0);
    expect(said.error).toContain(`what answers at ${text(other.address)} is not the collector that made this token`);
    expect(said.error).toContain("The token was not shown");
    expect(said.error).not.toContain("    at ");
    expect(existsSync(file)).toBe(false);
    expect((await enroll([publicDoor(scene), "--identity-file", file], token)).exitCode).toBe(0);
  });

  it("refuses a second identity unless it is forced, and the forced one takes the place of the first", async () => {
    await using scene = await identityScene();
    await using folder = await temporaryFolder();
    const file = join(folder.path, "identity.json");
    const again = async (...more: readonly string[]): Promise<Said> =>
      enroll([publicDoor(scene), "--identity-file", file, ...more], await scene.joinToken("siberian"));
    await again();
    const first = readFileSync(file, "utf8");

    const refused = await again();

    expect(refused.error).toContain("this machine is enrolled already, as siberian");
    expect(readFileSync(file, "utf8")).toBe(first);
    expect((await again("--force")).exitCode).toBe(0);
    expect(readFileSync(file, "utf8")).not.toBe(first);
  });

  it("says that its token is used up when what it bought cannot be kept", async () => {
    await using scene = await identityScene();
    await using folder = await temporaryFolder();
    const file = join(folder.path, "identity.json");
    mkdirSync(`${file}.new`); // in the way of what is written there

    const said = await enroll([publicDoor(scene), "--identity-file", file], await scene.joinToken("siberian"));

    expect(said.exitCode).not.toBe(0);
    expect(said.error).toContain(`cannot keep the identity in ${file}`);
    expect(said.error).toContain("the join token is used up by it: make a new one");
    expect(said.error).not.toMatch(/nk[cj]_|\n {4}at /);
  });

  it.skipIf(!existsSync("/usr/bin/script"))("fails when nobody gives a token at the terminal", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "identity.json");
    const command = `${process.execPath} ${repositoryPath("packages/cli/src/main.ts")} enroll 127.0.0.1:1 --identity-file ${file}`;
    const child = spawn("/usr/bin/script", ["--quiet", "--return", "--command", command, "/dev/null"], { stdio: "pipe" });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    await waitUntil("it asks", 40_000, () => Promise.resolve(said.includes("Join token")));

    child.stdin.end("\u0004");

    expect(await new Promise((resolve) => child.once("close", resolve))).not.toBe(0);
    expect(said).toContain("this is no join token");
  });

  it.each([
    {
      name: "a collector that cannot be reached",
      args: ["127.0.0.1:1"],
      says: "cannot reach the collector at 127.0.0.1:1: connect ECONNREFUSED",
    },
    { name: "a text that is no token", args: ["127.0.0.1:1"], token: "nkj_x", says: "this is no join token" },
    { name: "an address that is none", args: ["nas"], says: "where is the collector? expected HOST:PORT" },
    { name: "two ways to give the token", args: ["127.0.0.1:1", "--token", "a", "--token-file", "b"], says: "not both" },
    { name: "a file that is not there", args: ["127.0.0.1:1", "--token-file", "/nowhere"], says: "cannot be read: ENOENT" },
  ])("says what is wrong with $name", async ({ args, token, says }) => {
    await using scene = await identityScene();
    await using folder = await temporaryFolder();

    const said = await enroll(
      [...args, "--identity-file", join(folder.path, "i.json")],
      token ?? (await scene.joinToken("siberian")),
    );

    expect(said.exitCode).not.toBe(0);
    expect(said.error).toContain(says);
    expect(said.error).not.toContain("    at ");
  });

  it("says what is wrong with a token that was used, one of another node, and a place that cannot be written", async () => {
    await using scene = await identityScene();
    await using folder = await temporaryFolder();
    const door = publicDoor(scene);
    const token = await scene.joinToken("siberian");
    await enroll([door, "--identity-file", join(folder.path, "first.json")], token);

    const used = await enroll([door, "--identity-file", join(folder.path, "a.json")], token);
    const others = await enroll(
      [door, "--identity-file", join(folder.path, "b.json"), "--node-name", "neko"],
      await scene.joinToken("siberian"),
    );
    writeFileSync(join(folder.path, "file"), "");
    const unwritable = await enroll(
      [door, "--identity-file", join(folder.path, "file", "c.json")],
      await scene.joinToken("neko2"),
    );

    expect(used.error).toContain("make a new one: nodekeeper token create --node NAME");
    expect(others.error).toContain("leave out --node-name, or make a token for that name");
    expect(unwritable.error).toContain("the identity cannot be kept in");
    expect((await scene.vault()).joinTokens.map(({ node }) => node)).toContain("neko2"); // it was not used up
  });
});

describe("an identity that root wrote", () => {
  it.skipIf(process.geteuid?.() !== 0)("belongs to the owner of its folder, who reports", async () => {
    await using scene = await identityScene();
    await using folder = await temporaryFolder();
    const home = join(folder.path, "report");
    mkdirSync(home);
    chmodSync(home, 0o700);
    const { chownSync } = await import("node:fs");
    chownSync(home, 12_345, 12_346);

    await enroll([publicDoor(scene), "--identity-file", join(home, "identity.json")], await scene.joinToken("siberian"));

    const { uid, gid, mode } = statSync(join(home, "identity.json"));
    expect([uid, gid, mode & 0o777]).toEqual([12_345, 12_346, 0o600]);
  });
});
