/** The CLI against a real API, by every way to it. */
import { readFileSync } from "node:fs";
import { chmod, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { runCli } from "../../packages/cli/src/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type AllDoors, openAllDoors } from "./all-doors.ts";

let doors: AllDoors;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  doors = await openAllDoors({ doors: { public: { listen: { host: "127.0.0.1", port: 0 }, names: ["localhost"] } } });
});

afterEach(async () => {
  await doors[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function run(args: readonly string[], env: Record<string, string> = {}) {
  let out = "";
  let error = "";
  const exitCode = await runCli({
    ...{ args, env, isTerminal: false, columns: undefined, nowMs: Date.now(), signal: new AbortController().signal },
    writeOut: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
  });
  return { out, error, exitCode };
}

const admin = (...args: string[]) => run([...args, "--socket", doors.socketPath]);
const publicUrl = (): string => `https://127.0.0.1:${doors.api.doors.of("public")?.address?.port}`;
const inFolder = (name: string): string => join(folder.path, name);

async function caFile(): Promise<string> {
  await writeFile(inFolder("ca.pem"), (await admin("authority", "--pem")).out);
  return inFolder("ca.pem");
}

async function tokenFile(...scopes: string[]): Promise<string> {
  const flags = scopes.flatMap((scope) => ["--scope", scope]);
  const { out } = await admin("token", "create", "--name", `t-${scopes.join("-").replaceAll(":", "")}`, ...flags, "--json");
  await writeFile(inFolder("token"), `${JSON.parse(out).text}\n`);
  return inFolder("token");
}

describe("the way to the collector", () => {
  it("is its admin socket, an address of this machine, or https with a token and its authority", async () => {
    const ca = await caFile();
    const token = await tokenFile("read");

    expect((await admin("whoami")).out).toContain("may: admin");
    expect((await run(["whoami", "--collector", doors.api.server.url])).out).toContain("may: read");
    const far = await run(["whoami", "--collector", publicUrl(), "--ca-file", ca, "--token-file", token]);
    expect(far).toMatchObject({ exitCode: 0, error: "" });
    expect(far.out).toContain("token t-read, by the public listener");
  });

  it("takes a file with all that `token create` printed", async () => {
    const ca = await caFile();
    await writeFile(inFolder("printed"), (await admin("token", "create", "--name", "ci", "--scope", "read")).out);

    const { out } = await run(["whoami", "--collector", publicUrl(), "--ca-file", ca, "--token-file", inFolder("printed")]);

    expect(out).toContain("token ci, by the public listener");
  });

  it("may be told by variables", async () => {
    const env = { NODEKEEPER_CLI_SOCKET: doors.socketPath };

    expect((await run(["whoami"], env)).out).toContain("the admin socket");
    expect((await run(["doctor", "--help"], env)).exitCode).toBe(0);
  });

  it("ends with 77 where who asks is not known or may not, and says what to do", async () => {
    const ca = await caFile();
    const nobody = await run(["nodes", "--collector", publicUrl(), "--ca-file", ca]);
    const viewer = await run(["token", "list", "--collector", doors.api.server.url]);
    const token = await tokenFile("gpu:read");
    const narrow = await run(["nodes", "--collector", publicUrl(), "--ca-file", ca, "--token-file", token]);

    expect(nobody.exitCode).toBe(77);
    expect(nobody.error).toContain("Show who you are with --token-file FILE");
    expect(viewer.exitCode).toBe(77);
    expect(viewer.error).toContain("use the admin socket");
    expect(narrow).toMatchObject({
      exitCode: 77,
      error: 'nodekeeper: this needs the right "read", and the token "t-gpuread" has gpu:read.\n',
    });
  });

  it("trusts no certificate that it was not told to", async () => {
    const { error, exitCode } = await run(["nodes", "--collector", publicUrl()]);

    expect(exitCode).toBe(69);
    expect(error).toMatch(
      /^nodekeeper: the certificate of https:\/\/\S+ is not to be trusted \(\w+\): name its authority with --ca-file FILE/,
    );
    expect(error).not.toMatch(/^\s+at /m);
  });

  it("sends no token in the open", async () => {
    const { error, exitCode } = await run(["nodes", "--collector", "http://collector.example.net:7070", "--token", "nkt_x"]);

    expect(exitCode).toBe(64);
    expect(error).toContain("a token would go to collector.example.net:7070 in the open: use https");
  });

  it.each([
    { name: "two ways", args: ["--socket", "/x", "--collector", "http://127.0.0.1:1"], says: "not both" },
    { name: "a token that is none", args: ["--token", "nkj_x"], says: "--token is no API token: those begin with nkt_" },
    {
      name: "a file without a token",
      args: ["--token-file", "/etc/passwd"],
      says: "--token-file /etc/passwd holds no API token",
    },
    { name: "two tokens", args: ["--token", "x", "--token-file", "/x"], says: "not both" },
    {
      name: "a token that is not there",
      args: ["--token-file", "/nowhere"],
      says: "--token-file /nowhere cannot be read (ENOENT)",
    },
    {
      name: "an authority that is not there",
      args: ["--ca-file", "/nowhere"],
      says: "--ca-file /nowhere cannot be read (ENOENT)",
    },
  ])("refuses $name", async ({ args, says }) => {
    const { error, exitCode } = await run(["nodes", ...args]);

    expect(exitCode).toBe(64);
    expect(error).toContain(says);
  });

  it("says that nobody listens on a socket", async () => {
    const { error, exitCode } = await run(["nodes", "--socket", inFolder("nothing.sock")]);

    expect(exitCode).toBe(69);
    expect(error).toContain("Is it running?");
  });

  it("says that it speaks http where https was expected", async () => {
    const { error, exitCode } = await run(["nodes", "--collector", doors.api.server.url.replace("http:", "https:")]);

    expect(exitCode).toBe(69);
    expect(error).toContain("is it http or https there?");
  });
});

describe("feature 6: nodekeeper token", () => {
  it("prints the very command that the machine runs", async () => {
    const { out, exitCode } = await admin("token", "create", "--node", "siberian", "--ttl", "15m");

    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /^Run this on siberian, as root:\n\n {2}echo nkj_\S+ \| nodekeeper enroll nodekeeper\.example\.net:7071\n\nIt is good once, and ends in 15 min/,
    );
    expect((await admin("token", "list")).out).toMatch(/^\w+ +siberian +become this node +in 1\d min/m);
  });

  it("makes, lists and revokes tokens of programs", async () => {
    const made = await admin("token", "create", "--name", "open-webui", "--scope", "gpu:read", "--scope", "health:read");
    const [text = ""] = made.out.split("\n");
    const id = text.split("_")[1] ?? "";
    const list = await admin("token", "list");
    const revoked = await admin("token", "revoke", id);

    expect(text).toMatch(/^nkt_/);
    expect(list.out).toMatch(new RegExp(`^${id} +open-webui +gpu:read, health:read +never`, "m"));
    expect(list.out).not.toContain(text);
    expect(revoked.out).toBe("revoked: the API token of open-webui\n");
    expect((await admin("token", "list")).out).toBe("no tokens\n");
    expect(await admin("token", "revoke", id)).toMatchObject({ exitCode: 66 });
  });

  it.each([
    { args: [], says: "what is the token for?" },
    { args: ["--node", "a", "--name", "b"], says: "what is the token for?" },
    { args: ["--name", "b"], says: "--scope is missing" },
    { args: ["--node", "a", "--scope", "read"], says: "--scope is of --name" },
    { args: ["--name", "b", "--scope", "raed"], says: "raed" },
    { args: ["--node", "no name"], says: "no name" },
    { args: ["--node", "a", "--ttl", "40d"], says: "a join token" },
    { args: ["--node", "a", "--ttl", "10s"], says: "--ttl: expected 1m or more, got 10s" },
  ])("refuses $args", async ({ args, says }) => {
    const { error, exitCode } = await admin("token", "create", ...args);

    expect(exitCode).toBe(64);
    expect(error).toContain(says);
  });
});

describe("commands of admins", () => {
  it("show, rotate and revoke credentials", async () => {
    const join = JSON.parse((await admin("token", "create", "--node", "siberian", "--json")).out);
    await doors.api.registry.enroll(join.text, { node: "", machineId: "1".repeat(32) });

    expect((await admin("credentials")).out).toMatch(/^siberian +\w+ +.*1{12}/m);
    expect((await admin("credentials", "rotate", "siberian")).out).toContain("rotated: siberian gets");
    expect((await admin("credentials")).out).toContain("waits to be taken over");
    expect((await admin("credentials", "revoke", "siberian")).out).toContain("revoked: siberian is locked out");
    expect((await admin("credentials")).out).toBe("no machine is enrolled\n");
  });

  it("show the audit, each with who, what, to what and how it ended", async () => {
    await admin("token", "create", "--name", "ci", "--scope", "read");
    await admin("credentials", "revoke", "nobody");

    const { out } = await admin("audit");

    expect(out.split("\n")[0]).toMatch(/^ID +WHEN \(UTC\) +AGO +WHO +DID +TO +DETAIL$/);
    expect(out).toMatch(/local +credential\.revoke +node nobody +failed +NOT_FOUND/);
    expect(out).toMatch(/local +token\.create +token ci +done +API token \w+ with read/);
  });

  it("say of the audit of a node that there is nothing in it", async () => {
    expect((await admin("audit", "neko")).out).toBe("nothing was done to neko or by its agent\n");
  });

  it("print no character that a terminal obeys, whoever wrote it", async () => {
    const name = "\u001b[2Jneko";
    await doors.ask("public", `/api/v1/nodes/${encodeURIComponent(name)}`, { method: "DELETE", headers: { host: "localhost" } });
    const { out } = await admin("audit");
    const { error } = await admin("node", name);

    expect(out).toMatch(/nobody known +node\.retire +node \ufffd\[2Jneko +refused +IDENTITY_MISSING: .*; from 127\.0\.0\.1$/m);
    expect(error).toContain("\ufffd[2Jneko");
    expect(error).not.toContain("\u001b");
  });

  it("show of a node how its agent proved its name", async () => {
    expect((await admin("node", "neko")).out).toContain("\nits agent reports by loopback, where nobody is asked for a proof\n");
  });

  it("rotate the authority", async () => {
    const { out, exitCode } = await admin("authority", "rotate", "--now");

    expect(exitCode).toBe(0);
    expect(out).toContain("rotated: the new authority signs");
    expect(out.match(/nodekeeper authority \w+/g)).toHaveLength(2);
  });

  it("retire a node, unless it is connected", async () => {
    const early = await admin("retire", "neko");
    doors.api.state.apply(new Machine("neko").disconnect(Date.now()));
    const late = await admin("retire", "neko");

    expect(early).toMatchObject({ exitCode: 69, error: expect.stringContaining("neko is connected") });
    expect(late.out).toBe("retired: neko is forgotten; its history stays for as long as it is kept\n");
  });
});

describe("nodekeeper backup", () => {
  it("writes the whole file for its owner alone, and says size and time", async () => {
    doors.api.store.backupContent = Buffer.alloc(3_000_000, "nodekeeper");
    const file = inFolder("backup.db");

    const { out, exitCode } = await admin("backup", "--output", file);

    expect(exitCode).toBe(0);
    expect(out).toMatch(/^backed up: 2\.9 MiB in \S+ m?s, \//);
    expect(readFileSync(file).equals(doors.api.store.backupContent)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder.path)).toEqual(["backup.db"]);
  });

  it("follows no link that somebody laid where it writes", async () => {
    const file = inFolder("backup.db");
    await writeFile(inFolder("precious"), "precious");
    await symlink(inFolder("precious"), `${file}.part`);

    const { exitCode } = await admin("backup", "--output", file);

    expect(exitCode).toBe(0);
    expect(readFileSync(inFolder("precious"), "utf8")).toBe("precious");
    expect(readFileSync(file, "utf8")).toBe("a database");
  });

  it("overwrites only when it is told to", async () => {
    const file = inFolder("backup.db");
    await writeFile(file, "precious");

    const refused = await admin("backup", "--output", file);
    const kept = readFileSync(file, "utf8");
    const forced = await admin("backup", "--output", file, "--force");

    expect(refused).toMatchObject({ exitCode: 64, error: expect.stringContaining("is there already") });
    expect(kept).toBe("precious");
    expect(forced.exitCode).toBe(0);
    expect(readFileSync(file, "utf8")).toBe("a database");
  });

  it("leaves nothing where it is refused or cannot write", async () => {
    await mkdir(inFolder("empty"));
    await chmod(inFolder("empty"), 0o700);

    const refused = await run(["backup", "--output", inFolder("empty/b.db"), "--collector", doors.api.server.url]);
    const nowhere = await admin("backup", "--output", inFolder("missing/b.db"));

    expect(refused.exitCode).toBe(77);
    expect(nowhere).toMatchObject({ exitCode: 64, error: expect.stringContaining("cannot be written (ENOENT)") });
    expect(await readdir(inFolder("empty"))).toEqual([]);
  });
});
