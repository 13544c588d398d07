import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createLocalHost } from "../../../host/local-host.ts";
import { denied, TreeHost } from "../../test-support/tree-host.ts";
import { processOwnerOf, processOwnersOf } from "./process-owner.ts";
import { readProcessOwners } from "./read-process-owners.ts";
import { keepUserNames } from "./user-names.ts";

const id = "3f4b1c0e9a7d5e2f8c6b4a1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f";
const uid = "0d6ff2c8-6f4a-4b2e-9d3a-7c1f5e8b9a01";
const passwd = "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000:Alice A.,,,:/home/alice:/bin/zsh\n+@group::::::\n";

/** A machine that was started at 1,700,000,000 s, and a process of it that was started 123.45 s later. */
function machine(process: { readonly name?: string; readonly cgroup?: string; readonly uid?: number } = {}): TreeHost {
  const { name = "ollama", cgroup = "0::/system.slice/ollama.service", uid: user = 1000 } = process;
  return new TreeHost({
    "/proc/stat": "cpu 1 2 3\nbtime 1700000000\nprocesses 10\n",
    "/etc/passwd": passwd,
    "/proc/42/stat": `42 (${name}) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 12345 1000000 200\n`,
    "/proc/42/status": `Name:\t${name}\nUid:\t0\t${user}\t0\t0\nGid:\t0\t0\t0\t0\n`,
    "/proc/42/cgroup": `${cgroup}\n`,
  });
}

async function ownerOn(host: TreeHost) {
  const [raw] = await readProcessOwners(host, [42]);
  if (raw === undefined) throw new Error("nothing was read");
  return processOwnerOf(raw);
}

describe("processOwnerOf", () => {
  it("tells name, unit, user and start of a service's process", async () => {
    expect(await ownerOn(machine())).toMatchObject({
      pidNumber: 42,
      processName: "ollama",
      unit: "ollama.service",
      user: "alice",
      containerId: "",
      podUid: "",
      startedAtUnixMs: 1_700_000_123_450n,
    });
  });

  it("finds pod and container by the names of their logs", async () => {
    const host = machine({ cgroup: `0::/kubepods/burstable/pod${uid}/${id}` });
    host.entries.set(`/var/log/containers/ollama-7d9f-abcde_ai-stuff_the-server-${id}.log`, { link: "/var/log/pods/x" });
    host.entries.set(`/var/log/containers/ollama-7d9f-abcde_ai-stuff_sidecar-${"0".repeat(64)}.log`, "");

    expect(await ownerOn(host)).toMatchObject({
      containerId: id,
      podUid: uid,
      podNamespace: "ai-stuff",
      podName: "ollama-7d9f-abcde",
      containerName: "the-server",
    });
  });

  it("finds the pod by its uid where the container has no log yet", async () => {
    const host = machine({ cgroup: `0::/kubepods/burstable/pod${uid}/${id}` });
    host.entries.set(`/var/log/pods/ai-stuff_ollama-7d9f-abcde_${uid}/server/0.log`, "");

    expect(await ownerOn(host)).toMatchObject({ podNamespace: "ai-stuff", podName: "ollama-7d9f-abcde", containerName: "" });
  });

  it("tells the uid of a pod alone where nothing names it", async () => {
    const host = machine({ cgroup: `0::/kubepods/burstable/pod${uid}/${id}` });

    expect(await ownerOn(host)).toMatchObject({ podUid: uid, podNamespace: "", podName: "", containerName: "" });
  });

  it.each([
    { name: "game (2) x) y", shown: "game (2) x) y" },
    { name: "bell\u0007\u202e", shown: "bell\\007\\20056" },
    { name: "n".repeat(500), shown: `${"n".repeat(61)}…` },
  ])("shows the name $name so that it harms no terminal", async ({ name, shown }) => {
    const owner = await ownerOn(machine({ name }));

    expect(owner.processName).toBe(shown);
    expect(owner.startedAtUnixMs).toBe(1_700_000_123_450n);
  });

  it("tells the number of a user without a name", async () => {
    expect((await ownerOn(machine({ uid: 65_534 }))).user).toBe("65534");
  });

  it("knows of a process that ended only its number", async () => {
    const [raw] = await readProcessOwners(machine(), [43]);

    const owner = raw === undefined ? undefined : processOwnerOf(raw);

    expect(owner).toMatchObject({ pidNumber: 43, processName: "", unit: "", user: "" });
    expect(owner?.startedAtUnixMs).toBeUndefined();
  });

  it("tells the rest where one file may not be read", async () => {
    const host = machine();
    host.entries.set("/proc/42/cgroup", denied("/proc/42/cgroup"));
    host.entries.set("/etc/passwd", denied("/etc/passwd"));
    host.entries.set("/proc/stat", denied("/proc/stat"));

    const owner = await ownerOn(host);

    expect(owner).toMatchObject({ processName: "ollama", unit: "", user: "1000" });
    expect(owner.startedAtUnixMs).toBeUndefined();
  });

  it("looks at no logs of pods where nobody is in one", async () => {
    const host = machine();
    host.entries.set("/var/log/pods", denied("/var/log/pods"));
    const [raw] = await readProcessOwners(host, [42]);

    expect(raw?.names.podLogs.outcome).toBe("absent");
  });

  it("tells who we are ourselves", async () => {
    const host = createLocalHost({ root: "/", clock: systemClock });

    const owner = processOwnersOf(await readProcessOwners(host, [process.pid, process.pid])).get(process.pid);

    expect(owner?.processName).not.toBe("");
    expect(owner?.user).not.toBe("");
    expect(Math.abs(Number(owner?.startedAtUnixMs) - (systemClock.wallMs() - process.uptime() * 1000))).toBeLessThan(3_000);
  });
});

describe("keepUserNames", () => {
  it("keeps names and numbers, and makes of what it made the same again", () => {
    const kept = keepUserNames(passwd);

    expect(kept).toBe("root:0\nalice:1000\n");
    expect(keepUserNames(kept)).toBe(kept);
  });
});
