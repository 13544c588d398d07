import { mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, systemClock } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { createTempDirectory } from "../test-support/temp-directory.ts";
import type { Host } from "./host.ts";
import { createLocalHost } from "./local-host.ts";
import { openHost } from "./open-host.ts";
import { recordingPath } from "./recording.ts";
import { createRecordingHost, type RecordingHost } from "./recording-host.ts";

const usage = { sizeBytes: 1000, freeBytes: 600, availableBytes: 500, inodesTotal: 10, inodesFree: 4 };
const options = { timeoutMs: 1_000, signal: new AbortController().signal };
const mountError = new AppError("HOST_MOUNT_NOT_RESPONDING", "/mnt/nas does not respond");

let folder: string;

beforeEach(async () => {
  const directory = await createTempDirectory();
  folder = directory.path;
  onTestFinished(() => directory[Symbol.asyncDispose]());
});

const ollama = { address: "127.0.0.1", port: 11_434 };
const watch = { service: "tailscale", question: "watch" } as const;

/** A host of files and links in a folder; what is no file is made up here. */
async function originalHost(): Promise<Host> {
  const root = join(folder, "original");
  const files = {
    "/proc/uptime": "1000.50 2000.00\n",
    "/run/flag": "",
    "/sys/devices/pci0/net/eth0/mtu": "1500\n",
    "/sys/devices/pci0/net/eth0/speed": "10\n",
    "/sys/devices/pci0/vendor": "0x8086\n",
    "/sys/bus/pci/drivers/r8169/bind": "",
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await mkdir(join(root, "sys/class/net"), { recursive: true });
  await symlink("../../devices/pci0/net/eth0", join(root, "sys/class/net/eth0"));
  await symlink("../../../pci0", join(root, "sys/devices/pci0/net/eth0/device"));
  await symlink("/sys/bus/pci/drivers/r8169", join(root, "sys/devices/pci0/driver"));
  await mkdir(join(root, "var"), { recursive: true });
  await symlink("/run", join(root, "var/run"));
  const local = createLocalHost({ root, clock: systemClock });
  return {
    ...local,
    readText: async (path, readOptions) => {
      if (!path.endsWith("/speed")) return await local.readText(path, readOptions);
      throw new AppError("HOST_READ_FAILED", `cannot read ${path}: invalid argument (EINVAL)`, { context: { errno: "EINVAL" } });
    },
    statFilesystem: async () => usage,
    statRemoteFilesystem: async () => {
      throw mountError;
    },
    run: async (_, args) => {
      if (args[0] === "hang") throw new AppError("HOST_COMMAND_TIMEOUT", "cannot run smartctl hang: no answer within 1 s");
      return { exitCode: 4, stdout: `{"args":${JSON.stringify(args)}}\n`, stderr: "warning\n" };
    },
    ask: async (request) => {
      if (request.service === "ollama" && request.at.port !== 11_434) {
        throw new AppError("PEER_UNREACHABLE", "nobody listens (ECONNREFUSED)", { context: { errno: "ECONNREFUSED" } });
      }
      return { status: 200, text: JSON.stringify(request) };
    },
    fileHolders: async (prefixes, pids) => {
      if (pids !== undefined) throw new AppError("HOST_PERMISSION_DENIED", "cannot look for open files");
      return [{ pid: 42, path: `${prefixes[0]}0` }];
    },
  };
}

/** Everything that the tests ask, as one value. */
async function askAll(host: Host): Promise<Readonly<Record<string, unknown>>> {
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    mtu: () => host.readText("/sys/class/net/eth0/mtu"),
    vendor: () => host.readText("/sys/class/net/eth0/device/vendor"),
    speed: () => host.readText("/sys/class/net/eth0/speed"),
    missing: () => host.readText("/sys/class/net/eth0/nothing"),
    flag: () => host.readText("/var/run/flag"),
    names: () => host.list("/sys/class/net/eth0"),
    interfaces: () => host.list("/sys/class/net"),
    nowhere: () => host.list("/nowhere"),
    device: () => host.realPath("/sys/class/net/eth0/device"),
    driver: () => host.realPath("/sys/class/net/eth0/device/driver"),
    usage: () => host.statFilesystem("/"),
    remote: () => host.statRemoteFilesystem("/mnt/nas", options),
    smart: () => host.run("smartctl", ["--json=c", "/dev/sda"], options),
    hang: () => host.run("smartctl", ["hang"], options),
    tailscale: () => host.ask({ service: "tailscale", question: "status" }, options),
    ping: () => host.ask({ service: "tailscale", question: "ping", address: "100.64.0.7" }, options),
    model: () => host.ask({ service: "ollama", at: ollama, question: "show", model: "a:b" }, options),
    version: () => host.ask({ service: "ollama", at: { ...ollama, port: 1 }, question: "version" }, options),
    holders: () => host.fileHolders(["/dev/nvidia", "/dev/dri"]),
    someHolders: () => host.fileHolders(["/dev/nvidia"], [1, 2]),
    follow: () => host.follow(watch, { onLine: () => undefined, connectTimeoutMs: 1_000, signal: options.signal }).catch(codeOf),
  };
  const answers = Object.entries(questions).map(async ([name, ask]) => [name, await ask().catch(describeError)] as const);
  return Object.fromEntries(await Promise.all(answers));
}

function codeOf(thrown: unknown): string {
  return AppError.from(thrown).code;
}

function describeError(thrown: unknown): unknown {
  const { code, message, context } = AppError.from(thrown);
  return { code, message, errno: context["errno"] };
}

async function record(): Promise<{
  readonly live: Readonly<Record<string, unknown>>;
  readonly root: string;
  readonly recorder: RecordingHost;
}> {
  const root = join(folder, "recorded");
  const recorder = await createRecordingHost(await originalHost(), root);
  const live = await askAll(recorder);
  await recorder.finish();
  return { live, root, recorder };
}

describe("a recorded host", () => {
  it("answers every question as the host did", async () => {
    const { live, root } = await record();

    const replayed = await askAll(await openHost(root, systemClock));

    expect(replayed).toEqual(live);
    expect(replayed).toMatchObject({
      mtu: "1500\n",
      speed: { code: "HOST_READ_FAILED", errno: "EINVAL" },
      missing: { code: "HOST_FILE_MISSING" },
      names: ["device", "mtu", "speed"],
      driver: "/sys/bus/pci/drivers/r8169",
      remote: { code: "HOST_MOUNT_NOT_RESPONDING" },
      model: { status: 200 },
      version: { code: "PEER_UNREACHABLE", errno: "ECONNREFUSED" },
      holders: [{ pid: 42, path: "/dev/nvidia0" }],
      someHolders: { code: "HOST_PERMISSION_DENIED" },
      follow: "HOST_NOT_SUPPORTED",
    });
  });

  it("is a tree of ordinary files: links lead into it, and an edited file is what is read", async () => {
    const { root } = await record();
    const path = join(root, "sys/class/net/eth0/device/vendor");
    expect((await stat(path)).isFile()).toBe(true);

    await writeFile(path, "0x1022\n");
    await rm(join(root, "run/flag"));

    const host = await openHost(root, systemClock);
    await expect(host.readText("/sys/devices/pci0/vendor")).resolves.toBe("0x1022\n");
    await expect(host.readText("/var/run/flag")).rejects.toMatchObject({ code: "HOST_FILE_MISSING" });
  });

  it("answers by the recording as it is now, when somebody edits it", async () => {
    const { root } = await record();
    const path = recordingPath(root);
    const recorded = await openHost(root, systemClock);
    const before = await recorded.statFilesystem("/");

    const recording = JSON.parse(await readFile(path, "utf8"));
    const fuller = { ...recording, usages: [{ path: "/", answer: { ...usage, freeBytes: 1 } }] };
    await writeFile(`${path}.new`, JSON.stringify(fuller));
    await rename(`${path}.new`, path);

    expect(before.freeBytes).toBe(600);
    expect((await recorded.statFilesystem("/")).freeBytes).toBe(1);
  });

  it("takes a file that somebody adds in the place of a recorded error", async () => {
    const { root } = await record();

    await writeFile(join(root, "sys/devices/pci0/net/eth0/speed"), "2500\n");

    await expect((await openHost(root, systemClock)).readText("/sys/class/net/eth0/speed")).resolves.toBe("2500\n");
  });

  it("says what it was not asked while it was recorded", async () => {
    const recorder = await createRecordingHost(await originalHost(), join(folder, "recorded"));
    await recorder.list("/sys/devices/pci0");
    await recorder.finish();
    const host = await openHost(join(folder, "recorded"), systemClock);

    await expect(host.list("/sys/devices/pci0")).resolves.toEqual(["driver", "net", "vendor"]);
    await expect(host.readText("/sys/devices/pci0/vendor")).rejects.toMatchObject({
      code: "HOST_NOT_SUPPORTED",
      message: `cannot read /sys/devices/pci0/vendor: it is not in the recording ${join(folder, "recorded")}`,
    });
    await expect(host.statFilesystem("/")).rejects.toMatchObject({ code: "HOST_NOT_SUPPORTED" });
    await expect(host.run("smartctl", ["--json=c", "/dev/sdb"], options)).rejects.toMatchObject({ code: "HOST_NOT_SUPPORTED" });
    await expect(host.battery()).rejects.toMatchObject({ code: "HOST_NOT_SUPPORTED" });
    const status = host.ask({ service: "tailscale", question: "status" }, options);
    await expect(status).rejects.toMatchObject({ code: "HOST_NOT_SUPPORTED" });
    await expect(host.fileHolders(["/dev/nvidia"])).rejects.toMatchObject({ code: "HOST_NOT_SUPPORTED" });
    await expect(host.list("/")).resolves.not.toContain(".nodekeeper");
  });

  it("goes on with the recorded boot-time clock, and with the wall clock of now", async () => {
    const { root } = await record();
    const clock = new FakeClock(5_000_000);
    const host = await openHost(root, clock);

    await clock.advance(2_000);

    await expect(host.time()).resolves.toEqual({ wallMs: 5_002_000, uptimeMs: 1_002_500 });
  });

  it("keeps the output of programs in files beside the tree", async () => {
    const { root } = await record();
    const recording: unknown = JSON.parse(await readFile(join(root, ".nodekeeper/recording.json"), "utf8"));
    expect(recording).toMatchObject({
      commands: [
        {
          command: "smartctl",
          args: ["--json=c", "/dev/sda"],
          answer: { exitCode: 4, stdoutFile: "commands/01-smartctl.stdout" },
        },
        { command: "smartctl", args: ["hang"], answer: { code: "HOST_COMMAND_TIMEOUT" } },
      ],
    });

    await rm(join(root, ".nodekeeper/commands/01-smartctl.stdout"));

    const run = (await openHost(root, systemClock)).run("smartctl", ["--json=c", "/dev/sda"], options);
    await expect(run).rejects.toMatchObject({ code: "HOST_FILE_MISSING" });
  });

  it("keeps what services answered in files beside the tree, to be read and edited", async () => {
    const { root } = await record();

    await writeFile(join(root, ".nodekeeper/services/01-tailscale-status"), '{"edited":true}');

    const answer = (await openHost(root, systemClock)).ask({ service: "tailscale", question: "status" }, options);
    await expect(answer).resolves.toEqual({ status: 200, text: '{"edited":true}' });
  });
});

describe("a recording host", () => {
  it("answers a question that was asked before with what it recorded", async () => {
    const original = await originalHost();
    let count = 0;
    const recorder = await createRecordingHost({ ...original, readText: async () => String(++count) }, join(folder, "recorded"));

    expect([await recorder.readText("/proc/stat"), await recorder.readText("/proc/stat")]).toEqual(["1", "1"]);
  });

  it("holds of a file what was kept of it, byte for byte, and nothing else", async () => {
    const host = await originalHost();
    const secret = { encoding: "latin1", keep: (text: string) => text.replace(/secret/, "") } as const;
    await writeFile(join(host.root, "run/flag"), Buffer.from("secret\x00\x80\xff", "latin1"));
    const recorder = await createRecordingHost(host, join(folder, "recorded"));

    await recorder.readText("/run/flag", secret);
    await recorder.finish();

    expect([...(await readFile(join(folder, "recorded/run/flag")))]).toEqual([0, 0x80, 0xff]);
    const replay = await openHost(join(folder, "recorded"), systemClock);
    await expect(replay.readText("/run/flag", secret)).resolves.toBe("\x00\x80\xff");
  });

  it("writes into no folder that holds something", async () => {
    await writeFile(join(folder, "precious"), "");

    await expect(createRecordingHost(await originalHost(), folder)).rejects.toMatchObject({
      code: "DIRECTORY_NOT_WRITABLE",
      message: expect.stringContaining("it is not empty; name a folder that is not there yet"),
    });
  });

  it("lets nobody else read what it wrote", async () => {
    const { root } = await record();

    expect((await stat(root)).mode & 0o777).toBe(0o700);
  });
});
