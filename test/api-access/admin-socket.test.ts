/** The admin socket: who may open it, what is left of a dead collector, what is in its way. */
import { spawn } from "node:child_process";
import { chmod, lstat, mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openAllDoors } from "./all-doors.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(() => folder[Symbol.asyncDispose]());

const start = (adminSocket: string): Promise<ApiHarness> => startApi({ doors: { local: undefined, adminSocket } });

describe("the admin socket", () => {
  it("is for its owner alone, and goes with the collector", async () => {
    await using doors = await openAllDoors();
    const found = await lstat(doors.socketPath);
    const { status, text } = await doors.ask("admin", "/api/v1/whoami");
    await doors[Symbol.asyncDispose]();

    expect(found.isSocket()).toBe(true);
    expect(found.mode & 0o777).toBe(0o600);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ kind: "local", name: "local", scopes: ["admin"], door: "admin" });
    await expect(lstat(doors.socketPath)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it.skipIf(process.getuid?.() !== 0)("cannot be opened by another user of the machine", async () => {
    await chmod(folder.path, 0o755);
    const path = join(folder.path, "admin.sock");
    await using _ = await start(path);
    const program = `require("node:net").connect(${JSON.stringify(path)}, () => process.exit(0)).on("error", (e) => { console.log(e.code); process.exit(1); })`;
    const child = spawn(process.execPath, ["-e", program], { uid: 65534, gid: 65534, cwd: "/" });
    let output = "";
    child.stdout.on("data", (part) => {
      output += part.toString();
    });
    const code = await new Promise((resolve) => child.on("exit", resolve));

    expect([code, output.trim()]).toEqual([1, "EACCES"]);
  });

  it("takes the place of one that a dead collector left", async () => {
    const path = join(folder.path, "admin.sock");
    const dead = spawn(process.execPath, [
      "-e",
      `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log(1))`,
    ]);
    await new Promise((resolve) => dead.stdout.once("data", resolve));
    dead.kill("SIGKILL");
    await new Promise((resolve) => dead.on("exit", resolve));
    expect((await lstat(path)).isSocket()).toBe(true);

    await using api = await start(path);

    expect(api.doors.of("admin")?.url).toBe(`unix:${path}`);
    expect(await readdir(folder.path)).toEqual(["admin.sock"]);
  });

  it("leaves a living collector its own", async () => {
    const path = join(folder.path, "admin.sock");
    await using _ = await start(path);

    await expect(start(path)).rejects.toMatchObject({ code: "ADDRESS_IN_USE", message: expect.stringContaining(path) });
    expect((await lstat(path)).isSocket()).toBe(true);
  });

  it("overwrites no file that is something else", async () => {
    const path = join(folder.path, "admin.sock");
    await writeFile(path, "precious");

    await expect(start(path)).rejects.toMatchObject({ code: "CONFIG_INVALID", message: expect.stringContaining("is no socket") });
  });

  it("says how long its path may be", async () => {
    const path = join(folder.path, "x".repeat(120), "admin.sock");

    await expect(start(path)).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("--admin-socket"),
    });
  });

  it("says that its folder cannot be made", async () => {
    await writeFile(join(folder.path, "file"), "");

    await expect(start(join(folder.path, "file", "admin.sock"))).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });

  it("is made anew over what a collector left that died while it was made", async () => {
    const path = join(folder.path, "admin.sock");
    await mkdir(`${path}.new`);
    await writeFile(join(`${path}.new`, "s"), "");

    await using api = await start(path);

    expect(api.doors.all.map(({ kind }) => kind)).toEqual(["admin"]);
    expect(await readdir(folder.path)).toEqual(["admin.sock"]);
  });
});

describe("doors", () => {
  it("need not be there: a collector may listen nowhere", async () => {
    await using api = await startApi({ doors: { local: undefined } });

    expect(api.doors.all).toEqual([]);
  });

  it("are opened all or none", async () => {
    const path = join(folder.path, "admin.sock");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;

    await expect(startApi({ doors: { proxy: { host: "127.0.0.1", port }, adminSocket: path } })).rejects.toMatchObject({
      code: "ADDRESS_IN_USE",
    });
    await expect(lstat(path)).rejects.toMatchObject({ code: "ENOENT" });
    other.close();
  });

  it("need a certificate where others come", async () => {
    const anyAddress = { host: "0.0.0.0", port: 0 };

    await expect(startApi({ doors: { public: { listen: anyAddress, names: ["x"] } } })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
    });
    await expect(startApi({ doors: { proxy: anyAddress } })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(startApi({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});
