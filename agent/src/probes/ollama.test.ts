import { Outcome } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { createOllamaProbe } from "./ollama.ts";
import { digest, ipv4Listener, ipv6Listener, OllamaHost } from "./test-support/ollama-machine.ts";
import { factsAt, runToPayload, subjectAt } from "./test-support/payload-view.ts";
import { repeatedRuns } from "./test-support/repeated-runs.ts";
import { denied, ioError } from "./test-support/tree-host.ts";

const probe = createOllamaProbe();
const allAddresses = "0".repeat(32);
const unitPath = "/etc/systemd/system/ollama.service";
const unit =
  '[Unit]\nDescription=Ollama Service\n[Service]\nExecStart=/usr/local/bin/ollama serve\nEnvironment="PATH=/usr/bin"\n';

function listOf(payload: Awaited<ReturnType<typeof runToPayload>>, kind: string): string {
  const list = payload.lists.find((each) => each.kind === kind);
  return list === undefined ? "none" : list.isComplete ? "complete" : `${list.failure?.code}: ${list.failure?.message}`;
}

describe("ollama: the server", () => {
  it("is absent where neither a unit nor a process of it is there, and looks at processes once a minute", async () => {
    const host = new OllamaHost();
    const run = repeatedRuns(probe, host);
    const reads: string[] = [];
    const readText = host.readText.bind(host);
    host.readText = (path) => {
      reads.push(path);
      return readText(path);
    };

    const first = await run();
    expect(factsAt(first, "ollama_server")).toBe("absent");
    expect(factsAt(first, "ollama_endpoint")).toBe("absent");
    expect([listOf(first, "ollama_model"), listOf(first, "ollama_loaded_model")]).toEqual(["complete", "complete"]);
    expect(reads).toContain("/proc/1/comm");

    reads.length = 0;
    host.clock = { ...host.clock, wallMs: host.clock.wallMs + 59_000 };
    expect(factsAt(await run(), "ollama_server")).toBe("absent");
    expect(reads.filter((path) => path.startsWith("/proc/"))).toEqual([]);

    host.start({ cgroup: "/user.slice/user-1000.slice/session-2.scope" });
    expect(factsAt(await run(), "ollama_server")).toBe("absent");
    host.clock = { ...host.clock, wallMs: host.clock.wallMs + 1_000 };
    expect(factsAt(await run(), "ollama_server")).toMatchObject({ isRunning: true });
  });

  it("looks at processes again when the clock is set back, as on a machine whose other system keeps local time", async () => {
    const host = new OllamaHost();
    const run = repeatedRuns(probe, host);
    expect(factsAt(await run(), "ollama_server")).toBe("absent");

    host.clock = { ...host.clock, wallMs: host.clock.wallMs - 2 * 3_600_000 };
    host.start({ cgroup: "/user.slice/user-1000.slice/session-2.scope" });

    expect(factsAt(await run(), "ollama_server")).toMatchObject({ isRunning: true });
  });

  it("is told by its process, with version, owner, unit, listeners and settings", async () => {
    const host = new OllamaHost();
    host.entries.set(unitPath, unit);
    host.start({ environment: ["HOME=/usr/share/ollama", "OLLAMA_NUM_PARALLEL=2", "OLLAMA_API_KEY=secret"] });

    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "ollama_server")).toEqual({
      version: "0.32.15",
      isRunning: true,
      owner: { pidNumber: 2201, processName: "ollama", unit: "ollama.service", user: "ollama", startedAtUnixMs: "1767005000000" },
      unit: "ollama.service",
      listening: ["127.0.0.1:11434"],
      settings: { parallelCount: 2 },
      settingsSource: "process",
      isRestartNeeded: true,
    });
    expect(JSON.stringify(host.calls)).not.toContain("secret");
  });

  it.each([
    ["a client", { arguments: ["ollama", "run", "granite4:3b"] }],
    ["a runner", { arguments: ["/usr/bin/ollama", "runner", "--port", "4711"] }],
    ["another program with such an argument", { name: "cook", arguments: ["cook", "serve"] }],
  ])("is not %s", async (_, server) => {
    const host = new OllamaHost();
    host.start({ ...server, cgroup: "/" });

    expect(factsAt(await runToPayload(probe, host), "ollama_server")).toBe("absent");
  });

  it("that is stopped is a unit that does not run: nothing is in memory, and what is on the disk stays as it was known", async () => {
    const host = new OllamaHost();
    host.entries.set(unitPath, `${unit}Environment=OLLAMA_KEEP_ALIVE=1h\n`);
    host.start();
    host.answer("tags", { models: [{ name: "granite4:3b", digest: digest("a") }] });
    const run = repeatedRuns(probe, host);
    await run();

    host.stop();
    const payload = await run();

    expect(factsAt(payload, "ollama_server")).toEqual({
      isRunning: false,
      unit: "ollama.service",
      settings: { keepAlive: "1h" },
      settingsSource: "unit",
    });
    expect(factsAt(payload, "ollama_endpoint")).toBe("absent");
    expect(listOf(payload, "ollama_model")).toContain("PEER_UNREACHABLE: ollama.service does not run");
    expect(listOf(payload, "ollama_loaded_model")).toBe("complete");
  });

  it("that is stopped is told with whether its unit is started at boot", async () => {
    const enabledIn = (...folders: readonly string[]) => {
      const host = new OllamaHost();
      host.entries.set(unitPath, unit);
      for (const folder of folders) host.add(`/etc/systemd/system/${folder}`, { "cron.service": "" });
      return async (link?: string) => {
        if (link !== undefined) host.entries.set(`/etc/systemd/system/${link}/ollama.service`, unit);
        return factsAt(await runToPayload(probe, host), "ollama_server");
      };
    };

    expect(await enabledIn()()).not.toHaveProperty("isEnabled");
    expect(await enabledIn("multi-user.target.wants")()).toMatchObject({ isRunning: false, isEnabled: false });
    expect(await enabledIn("multi-user.target.wants")("default.target.wants")).toMatchObject({ isEnabled: true });
  });

  it("that is started again is another process, whose settings and listeners are read again", async () => {
    const host = new OllamaHost();
    host.entries.set(unitPath, unit);
    host.start({ environment: ["OLLAMA_NUM_PARALLEL=1"] });
    const run = repeatedRuns(probe, host);
    await run();

    host.start({ environment: ["OLLAMA_NUM_PARALLEL=4"], startTicks: 900_000, listeners: [ipv6Listener(allAddresses)] });
    const payload = await run();

    expect(factsAt(payload, "ollama_server")).toMatchObject({ settings: { parallelCount: 4 }, listening: ["[::]:11434"] });
    expect(factsAt(payload, "ollama_endpoint")).toEqual({ addresses: ["[::]:11434"] });
  });

  it("that goes on running is not looked for again, nor are its environment and sockets", async () => {
    const host = new OllamaHost();
    host.entries.set(unitPath, unit);
    host.start({ environment: ["OLLAMA_NUM_PARALLEL=2"] });
    const run = repeatedRuns(probe, host);
    const first = await run();

    for (const path of ["/proc/2201/environ", "/proc/1/net/tcp", "/proc/1/net/tcp6", "/proc/1/comm"])
      host.entries.set(path, denied(path));
    host.calls.length = 0;

    expect(factsAt(await run(), "ollama_server")).toEqual(factsAt(first, "ollama_server"));
    expect(host.calls).toEqual(["ask ollama version", "ask ollama tags", "ask ollama ps"]);
  });

  it("may be one of two: that of the unit counts", async () => {
    const host = new OllamaHost();
    host.start({ pid: 100, cgroup: "/user.slice/user-1000.slice/session-2.scope", listeners: [ipv4Listener("0100007F", 9_999)] });
    host.entries.set(unitPath, unit);
    host.entries.set("/sys/fs/cgroup/system.slice/ollama.service/cgroup.procs", "2201\n2207\n");
    host.start({ pid: 2201 });

    expect(factsAt(await runToPayload(probe, host), "ollama_server")).toMatchObject({ owner: { pidNumber: 2201 } });
  });

  it("that hangs in the kernel, so that its command cannot be read, is not said to be gone", async () => {
    const host = new OllamaHost();
    host.start();
    const run = repeatedRuns(probe, host);
    await run();
    host.entries.set("/proc/2201/cmdline", ioError("/proc/2201/cmdline"));

    await expect(run()).rejects.toMatchObject({ code: "HOST_READ_FAILED" });
    host.start();
    expect(factsAt(await run(), "ollama_server")).toMatchObject({ isRunning: true });
  });

  it("cannot be told where processes are hidden", async () => {
    const host = new OllamaHost();
    host.remove("/proc/1");
    host.entries.set("/proc/uptime", "1 1\n");
    await expect(runToPayload(probe, host)).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });

    host.entries.set(unitPath, unit);
    const payload = await runToPayload(probe, host);
    expect(factsAt(payload, "ollama_server")).toEqual({ unit: "ollama.service", settings: {}, settingsSource: "unit" });
    expect(subjectAt(payload, "ollama_endpoint").outcome).toBe(Outcome.FAILED);
    expect(listOf(payload, "ollama_loaded_model")).toContain("HOST_PERMISSION_DENIED");
  });

  it.each([
    ["the same as its unit", "", ["OLLAMA_NUM_PARALLEL=2", "OLLAMA_MODELS=/srv/models"], false],
    [
      "not what a drop-in says by now",
      '[Service]\nEnvironment="OLLAMA_KEEP_ALIVE=1h"\n',
      ["OLLAMA_NUM_PARALLEL=2", "OLLAMA_MODELS=/srv/models"],
      true,
    ],
    [
      "what its unit does not say any more",
      "",
      ["OLLAMA_NUM_PARALLEL=2", "OLLAMA_MODELS=/srv/models", "OLLAMA_KEEP_ALIVE=1h"],
      true,
    ],
    [
      "unlike its unit, which starts it by a script",
      "[Service]\nExecStart=\nExecStart=/bin/sh -c x\n",
      ["OLLAMA_HOST=::"],
      undefined,
    ],
    [
      "unlike its unit, of which a file is missing",
      "[Service]\nEnvironmentFile=/etc/ollama.env\n",
      ["OLLAMA_HOST=::"],
      undefined,
    ],
  ])("has settings that are %s", async (_, dropIn, environment, isRestartNeeded) => {
    const host = new OllamaHost();
    host.entries.set(unitPath, `${unit}Environment=OLLAMA_NUM_PARALLEL=1\nEnvironmentFile=-/etc/default/ollama\n`);
    host.entries.set("/usr/lib/systemd/system/ollama.service", "[Service]\nEnvironment=OLLAMA_MAX_QUEUE=1\n");
    host.entries.set(
      "/usr/lib/systemd/system/ollama.service.d/10-models.conf",
      "[Service]\nEnvironment=OLLAMA_MODELS=/srv/models\n",
    );
    host.entries.set("/usr/lib/systemd/system/ollama.service.d/90-last.conf", "[Service]\nEnvironment=OLLAMA_MAX_QUEUE=9\n");
    host.entries.set("/etc/systemd/system/ollama.service.d/90-last.conf", dropIn);
    host.entries.set("/etc/default/ollama", "OLLAMA_NUM_PARALLEL=2\n");
    host.start({ environment });

    const facts = Object(factsAt(await runToPayload(probe, host), "ollama_server"));
    expect(facts.isRestartNeeded).toBe(isRestartNeeded);
  });

  it("whose unit is masked has none", async () => {
    const host = new OllamaHost();
    host.entries.set("/usr/lib/systemd/system/ollama.service", unit);
    host.entries.set(unitPath, { link: "/dev/null" });
    host.entries.set("/dev/null", "");

    expect(factsAt(await runToPayload(probe, host), "ollama_server")).toBe("absent");
  });

  it("whose environment may not be read has the settings of its unit, and no word on a restart", async () => {
    const host = new OllamaHost();
    host.entries.set(unitPath, `${unit}Environment=OLLAMA_MAX_QUEUE=64\n`);
    host.start();
    host.entries.set("/proc/2201/environ", denied("/proc/2201/environ"));

    const facts = factsAt(await runToPayload(probe, host), "ollama_server");
    expect(facts).toMatchObject({ settings: { maximumQueueCount: 64 }, settingsSource: "unit" });
    expect(facts).not.toHaveProperty("isRestartNeeded");
  });
});
