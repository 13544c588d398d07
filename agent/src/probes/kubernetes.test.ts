import type { Subject } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Payload, SubjectKind } from "../payload.ts";
import type { Past } from "../probe.ts";
import { kubernetes } from "./kubernetes.ts";
import { longCertificate, shortCertificate } from "./test-support/certificates.ts";
import { KeepingHost } from "./test-support/keeping-host.ts";
import { factsAt, runOnce, runToPayload, subjectAt } from "./test-support/payload-view.ts";
import { denied } from "./test-support/tree-host.ts";

/** Stands wherever a token or a password may stand. */
const secret = "K10deadbeef::server:0123456789abcdef";
const data = "/var/lib/rancher/k3s";
const bootMs = Date.UTC(2026, 0, 1);

let host: KeepingHost;

/** A server with embedded etcd, as K3s's installer leaves it. */
beforeEach(() => {
  host = new KeepingHost({
    "/etc/systemd/system/k3s.service": `[Unit]\nDescription=Lightweight Kubernetes\n\n[Install]\nWantedBy=multi-user.target\n\n[Service]
Type=notify\nEnvironmentFile=-/etc/default/%N\nEnvironmentFile=-/etc/systemd/system/k3s.service.env\nKillMode=process
ExecStartPre=-/sbin/modprobe overlay\nExecStart=/usr/local/bin/k3s \\\n    server \\\n\t'--node-ip' \\\n\t'100.64.0.1' \\\n\t'--token' \\\n\t'${secret}' \\\n\n`,
    "/etc/systemd/system/k3s.service.env": `K3S_TOKEN=${secret}\n`,
    "/etc/systemd/system/multi-user.target.wants/k3s.service": { link: "/etc/systemd/system/k3s.service" },
    "/etc/rancher/k3s/config.yaml": `token: ${secret}\nnode-name: neko\ncluster-init: true\n`,
    [`${data}/data/current`]: { link: `${data}/data/aaa` },
    [`${data}/data/aaa/bin/k3s`]: "",
    [`${data}/data/bbb/bin/k3s`]: "",
    [`${data}/server/db/etcd/name`]: "",
    [`${data}/agent/serving-kubelet.crt`]: longCertificate + shortCertificate,
    [`${data}/agent/etc/containerd/config.toml`]: `[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'nvidia']\n  runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.'nvidia'.options]\n  BinaryName = "/usr/bin/nvidia-container-runtime"
[plugins."io.containerd.grpc.v1.cri".registry.configs."r".auth]\n  password = "${secret}"\n`,
    "/run/k3s/containerd/containerd.sock": "",
    "/sys/fs/cgroup/system.slice/k3s.service/cgroup.procs": "4242\n812\n813\n900\n",
    "/proc/stat": `cpu 1\nbtime ${bootMs / 1000}\n`,
  });
  addProcess(812, "k3s-server", 6000);
  addProcess(813, "containerd", 6100);
  addProcess(900, "containerd-shim", 6200);
  runs("aaa");
  host.programs.set("k3s", async () => printed(`k3s version v1.33.6+k3s1 (b5847677)\ngo version go1.24.9\n`));
  host.programs.set("containerd", async () => printed("containerd github.com/k3s-io/containerd v2.1.5-k3s1.33 0a1b2c\n"));
});

/** Whatever a test does, no secret was seen. */
afterEach(() => expect(host.texts.filter((text) => text.includes(secret))).toEqual([]));

function addProcess(pid: number, name: string, startTicks: number): void {
  const fields = ["S", ...Array.from({ length: 18 }, () => "0"), String(startTicks), "0"];
  host.add(`/proc/${pid}`, { stat: `${pid} (${name}) ${fields.join(" ")}\n`, cgroup: "0::/system.slice/k3s.service\n" });
}

function runs(hash: string, end = ""): void {
  const path = `${data}/data/${hash}/bin/k3s${end}`;
  host.add("/proc/812", {
    maps: `00400000-00401000 r--p 00000000 fd:01 99 ${path}\n00401000-05000000 r-xp 00001000 fd:01 99                   ${path}\nc000000000-c000400000 rw-p 00000000 00:00 0\n`,
  });
}

function printed(stdout: string): { readonly exitCode: number; readonly stdout: string; readonly stderr: string } {
  return { exitCode: 0, stdout, stderr: "" };
}

async function runAfter(before: Payload, lastRunMs = host.clock.wallMs): Promise<Payload> {
  const readings = (kind: SubjectKind): readonly Subject[] => [subjectAt(before, kind)];
  const past: Past = { faulty: new Set(), failureOf: () => undefined, sample: () => undefined, readings };
  const payload = kubernetes.parse(await kubernetes.read(host, new AbortController().signal, () => lastRunMs, past));
  if (payload === undefined) throw new Error("the probe says absent");
  return payload;
}

describe("K3s on a server", () => {
  it("is told in full", async () => {
    const payload = await runToPayload(kubernetes, host);

    expect(factsAt(payload, "k3s")).toEqual({
      version: "v1.33.6+k3s1",
      role: "server",
      unit: "k3s.service",
      isRunning: true,
      startedAtUnixMs: String(bootMs + 60_000),
      nodeName: "neko",
      isEmbeddedEtcd: true,
      nodeAddresses: ["100.64.0.1"],
      dataFolder: data,
      isEnabled: true,
      certificateExpiresAtUnixMs: String(Date.UTC(2027, 10, 23, 2, 22, 23)),
    });
    expect(factsAt(payload, "container_runtime")).toEqual({
      name: "containerd",
      version: "2.1.5-k3s1.33",
      isRunning: true,
      socket: "/run/k3s/containerd/containerd.sock",
      isOfK3s: true,
      gpuRuntimes: ["nvidia"],
    });
  });

  it("has no embedded etcd where its database is another", async () => {
    host.remove(`${data}/server/db/etcd`);
    host.add(`${data}/server/db`, { "state.db": "" });

    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toMatchObject({ isEmbeddedEtcd: false });
  });

  it("does not run where its control group is gone, or holds only what it left behind", async () => {
    host.add("/sys/fs/cgroup/system.slice/k3s.service", { "cgroup.procs": "900\n" });
    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toMatchObject({ isRunning: false });

    host.remove("/sys/fs/cgroup/system.slice/k3s.service");
    host.add("/sys/fs/cgroup/system.slice", { "cgroup.procs": "" });
    const payload = await runToPayload(kubernetes, host);
    expect(factsAt(payload, "k3s")).toMatchObject({ isRunning: false });
    expect(factsAt(payload, "k3s")).not.toHaveProperty("startedAtUnixMs");
    expect(factsAt(payload, "container_runtime")).toMatchObject({ isRunning: false });
  });

  it("is found from a container, in which the numbers of a group's processes are hidden", async () => {
    host.add("/sys/fs/cgroup/system.slice/k3s.service", { "cgroup.procs": "0\n0\n0\n" });
    addProcess(77, "k3s-server", 1); // of another group
    host.add("/proc/77", { cgroup: "0::/kubepods.slice/x.scope\n" });

    const payload = await runToPayload(kubernetes, host);

    expect(factsAt(payload, "k3s")).toMatchObject({ isRunning: true, startedAtUnixMs: String(bootMs + 60_000) });
    expect(factsAt(payload, "container_runtime")).toMatchObject({ isRunning: true });
  });

  it("is neither running nor stopped where control groups cannot be read", async () => {
    host.entries.set("/sys/fs/cgroup/system.slice/k3s.service/cgroup.procs", denied("cgroup.procs"));

    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).not.toHaveProperty("isRunning");
  });

  it("is failed where a configuration cannot be read, since it may say anything", async () => {
    host.add("/etc/rancher/k3s", { "config.yaml": denied("/etc/rancher/k3s/config.yaml") });

    const payload = await runToPayload(kubernetes, host);

    expect(factsAt(payload, "k3s")).toMatch(/^HOST_PERMISSION_DENIED: /);
    expect(factsAt(payload, "container_runtime")).toMatchObject({ isOfK3s: true });
  });

  it("has no version where the program does not answer", async () => {
    host.programs.set("k3s", async () => {
      throw new AppError("HOST_COMMAND_TIMEOUT", "k3s did not end within 10 s");
    });

    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).not.toHaveProperty("version");
  });
});

describe("a restart of K3s", () => {
  it("is needed where the process runs another program than was unpacked last, or one that is gone", async () => {
    runs("bbb");
    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toMatchObject({ isRestartNeeded: true });

    runs("aaa", " (deleted)");
    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toMatchObject({ isRestartNeeded: true });
  });

  it("is needed after the version on disk changed under the same process, until the process is another one", async () => {
    const first = await runToPayload(kubernetes, host);
    expect(factsAt(first, "k3s")).not.toHaveProperty("isRestartNeeded");

    host.programs.set("k3s", async () => printed("k3s version v1.34.1+k3s1 (24fc436e)\n"));
    const upgraded = await runAfter(first, host.clock.wallMs - 3_600_000);
    expect(factsAt(upgraded, "k3s")).toMatchObject({ version: "v1.34.1+k3s1", isRestartNeeded: true });
    expect(factsAt(await runAfter(upgraded), "k3s")).toMatchObject({ isRestartNeeded: true });

    host.programs.delete("k3s");
    const unasked = await runAfter(upgraded, host.clock.wallMs - 3_600_000);
    expect(factsAt(unasked, "k3s")).not.toHaveProperty("version");
    expect(factsAt(unasked, "k3s")).toMatchObject({ isRestartNeeded: true });
    host.programs.set("k3s", async () => printed("k3s version v1.34.1+k3s1 (24fc436e)\n"));
    expect(factsAt(await runAfter(unasked), "k3s")).toMatchObject({ version: "v1.34.1+k3s1", isRestartNeeded: true });

    addProcess(812, "k3s-server", 9_000);
    const restarted = await runAfter(upgraded);
    expect(factsAt(restarted, "k3s")).toMatchObject({ version: "v1.34.1+k3s1", isRestartNeeded: false });
    expect(factsAt(await runAfter(restarted), "k3s")).toMatchObject({ isRestartNeeded: false });
  });

  it("is looked for without running the programs again within the hour", async () => {
    const first = await runToPayload(kubernetes, host);
    host.calls.length = 0;

    const second = await runAfter(first);

    expect(host.calls).toEqual([]);
    expect(factsAt(second, "k3s")).toEqual(factsAt(first, "k3s"));
    expect(factsAt(second, "container_runtime")).toEqual(factsAt(first, "container_runtime"));
    await runAfter(first, host.clock.wallMs - 3_600_000);
    expect(host.calls).toEqual(["k3s --version", "containerd --version"]);
  });
});

describe("K3s on an agent", () => {
  beforeEach(() => {
    for (const path of [...host.entries.keys()])
      if (path.startsWith("/etc/") || path.startsWith(`${data}/server`)) host.remove(path);
    host.add("/usr/lib/systemd/system", { "k3s-agent.service": "[Service]\nExecStart=/usr/local/bin/k3s agent\n" });
    host.add("/etc/systemd/system/multi-user.target.wants", { "cron.service": "" });
    host.add("/etc/systemd/system/k3s-agent.service.d", {
      "10-env.conf": `[Service]\nEnvironment="K3S_URL=https://admin:${secret}@neko:6443/x" K3S_TOKEN=${secret}\n`,
    });
  });

  it("says which server it joins, without credentials, and has no etcd", async () => {
    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toEqual({
      version: "v1.33.6+k3s1",
      role: "agent",
      unit: "k3s-agent.service",
      isRunning: false,
      serverAddress: "https://neko:6443",
      dataFolder: data,
      isEnabled: false,
      certificateExpiresAtUnixMs: String(Date.UTC(2027, 10, 23, 2, 22, 23)),
    });
  });

  it("registers under the host's name where none is configured", async () => {
    host.add("/proc/sys/kernel", { hostname: "Panther.Lan\n" });

    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toMatchObject({ nodeName: "panther.lan" });
  });

  it("follows files over environment, later files over earlier ones, the command line over all", async () => {
    host.add("/etc/rancher/k3s", { "config.yaml": "server: https://one:6443\nnode-ip: 10.0.0.1\nnode-name: one\n" });
    host.add("/etc/rancher/k3s/config.yaml.d", {
      "10.yaml": "server: https://two:6443\nnode-ip+: [10.0.0.2, fd00::2]\nnode-external-ip:\n  - 192.0.2.1 # outside\n",
      "20.YML": "node-name: 'two'\n",
      "30.txt": "node-name: three\n",
    });
    host.add("/etc/systemd/system/k3s-agent.service.d", {
      "20-exec.conf": "[Service]\nExecStart=\nExecStart=/usr/local/bin/k3s agent -d /data/k3s --node-ip=10.0.0.3\n",
    });

    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toMatchObject({
      serverAddress: "https://two:6443",
      nodeName: "two",
      dataFolder: "/data/k3s",
      nodeAddresses: ["10.0.0.1", "10.0.0.2", "fd00::2", "10.0.0.3", "192.0.2.1"],
    });
  });

  it("reads the file of variables that its installer names by the unit's name", async () => {
    host.add("/usr/lib/systemd/system", {
      "k3s-agent.service": "[Service]\nEnvironmentFile=-/etc/default/%N\nExecStart=/usr/local/bin/k3s agent\n",
    });
    host.add("/etc/default", { "k3s-agent": `K3S_NODE_NAME=panther\nK3S_TOKEN=${secret}\n` });

    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toMatchObject({ nodeName: "panther" });
  });

  it("reads the file that is named in place of the usual one", async () => {
    host.add("/etc/systemd/system/k3s-agent.service.d", { "30.conf": "[Service]\nEnvironment=K3S_CONFIG_FILE=/etc/k.yaml\n" });
    host.add("/etc", { "k.yaml": "node-name: other\n" });

    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toMatchObject({ nodeName: "other" });
  });
});

describe("a node without K3s", () => {
  beforeEach(() => host.entries.clear());

  it("is absent without containerd", async () => {
    expect(await runOnce(kubernetes, host)).toBeUndefined();
    expect(host.calls).toEqual([]);
  });

  it("tells the distribution's containerd, as under kubeadm", async () => {
    host.add("/usr/lib/systemd/system", { "containerd.service": "[Service]\nExecStart=/usr/bin/containerd\n" });
    host.add("/sys/fs/cgroup/system.slice/containerd.service", { "cgroup.procs": "813\n" });
    addProcess(813, "containerd", 1);
    host.add("/run/containerd", { "containerd.sock": "" });
    host.add("/etc/containerd/conf.d", {
      "99-nvidia.toml": '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.nvidia-cdi]\n',
    });
    host.programs.set("containerd", async () => printed("containerd github.com/containerd/containerd 1.7.24~ds1 1.7.24~ds1-6\n"));

    const payload = await runToPayload(kubernetes, host);

    expect(factsAt(payload, "k3s")).toBe("absent");
    expect(factsAt(payload, "container_runtime")).toEqual({
      name: "containerd",
      version: "1.7.24~ds1",
      isRunning: true,
      socket: "/run/containerd/containerd.sock",
      isOfK3s: false,
      gpuRuntimes: ["nvidia-cdi"],
    });
  });
});
