import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HealthStatus, PowerState, TailscalePath } from "@nodekeeper/proto";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { aFinding, FakeFindings } from "../api/test-support/fake-findings.ts";
import { aReading, Machine, type Reading } from "../api/test-support/machine.ts";
import { diskReadings, smartReadings, systemReadings } from "../api/test-support/readings.ts";
import { noGpuUsage } from "../gpu-usage/gpu-usage.ts";
import { createNodeUsage } from "../gpu-usage/node-usage.ts";
import { noRouting } from "../routing/no-routing.ts";
import { aBackend } from "../routing/test-support.ts";
import { createStateHolder } from "../state/holder.ts";
import { maximumThings } from "./chapter.ts";
import { chapters } from "./chapters/index.ts";
import { createExposition, type Exposition, type ExpositionOptions, families } from "./exposition.ts";

const startMs = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;

function scene(more: Partial<ExpositionOptions> = {}) {
  const clock = new FakeClock(startMs);
  const state = createStateHolder([]);
  const findings = new FakeFindings();
  const exposition = createExposition({
    ...{ state, findings, reconciliation: undefined, clock, fullAtMs: () => undefined },
    ...{ routing: noRouting, gpuUsage: noGpuUsage },
    ...more,
  });
  const read = async (): Promise<readonly string[]> => (await piecesOf(exposition)).join("").split("\n");
  return { clock, state, findings, exposition, read };
}

async function piecesOf(exposition: Exposition): Promise<readonly string[]> {
  const pieces: string[] = [];
  for await (const piece of exposition.page()) pieces.push(piece);
  return pieces;
}

/** Lines of a family, without its name and without the node. */
function linesOf(lines: readonly string[], name: string): readonly string[] {
  return lines.filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(name.length));
}

const disk = 'node="neko",disk="eui.0001",device="nvme0n1",model="",serial=""';

describe("the page of the fleet's metrics", () => {
  it("has every file of its chapters, and no name twice", () => {
    const files = readdirSync(join(import.meta.dirname, "chapters")).filter((file) => file !== "index.ts");

    expect(chapters).toHaveLength(files.length);
    expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  });

  it("is documented, and nothing else is", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/metrics.md"), "utf8");
    const documented = [...page.matchAll(/^\| `(nodekeeper_(?!collector_|agent_)\w+)`/gm)].map((match) => match[1]);

    expect(families.map(({ name }) => name).toSorted()).toEqual(documented.toSorted());
  });

  it("tells each family once, its help before its series", async () => {
    const { state, read } = scene();
    for (const name of ["neko", "panther"]) {
      const machine = new Machine(name);
      state.apply(machine.connect(startMs));
      state.apply(machine.observe("disks", diskReadings(), startMs));
    }

    const names = (await read()).filter((line) => line !== "").map((line) => /^(?:# \w+ )?(\w+)/.exec(line)?.[1]);
    const runs = names.filter((name, index) => name !== names[index - 1]);

    expect(runs.length).toBeGreaterThan(10);
    expect(new Set(runs).size).toBe(runs.length);
  });

  it("says how a node is by its findings that count, and that it is unknown once it is silent", async () => {
    const { clock, state, findings, read } = scene();
    state.apply(new Machine("neko").connect(startMs));
    findings.put(aFinding("neko"));
    expect(await read()).toContain('nodekeeper_node_status{node="neko",status="failed"} 1');
    expect(await read()).toContain('nodekeeper_node_findings{node="neko",severity="high"} 1');

    await clock.advance(10 * minuteMs);
    const lines = await read();

    expect(lines).toContain('nodekeeper_node_status{node="neko",status="failed"} 0');
    expect(lines).toContain('nodekeeper_node_status{node="neko",status="unknown"} 1');
    expect(lines).toContain('nodekeeper_node_report_age_seconds{node="neko"} 600');
    expect(lines).toContain(`nodekeeper_node_last_contact_timestamp_seconds{node="neko"} ${startMs / 1000}`);
  });

  it("says where requests for models go and how models were used, also of servers that are no nodes", async () => {
    const backends = [
      aBackend("neko", {}, { reservation: { by: "mika", reason: "" } }),
      aBackend("studio", {}, { reach: { kind: "unknown", problem: "" } }),
    ];
    const usages = ["neko", "studio"].map((node) => {
      const usage = createNodeUsage(node);
      const loaded = new Map([["granite4:3b", { contextLengthTokens: 4096, expiresAtMs: undefined }]]);
      const origin = { goodForMs: minuteMs, witness: "agent", run: "" } as const;
      usage.takeModels({ ...origin, atMs: startMs - 90_000, loaded: new Map() }, false);
      for (const ageMs of [60_000, 30_000]) usage.takeModels({ ...origin, atMs: startMs - ageMs, loaded }, false);
      return usage;
    });
    const { state, read } = scene({
      routing: { backends: () => backends },
      gpuUsage: { all: () => usages, of: (node) => usages.find((usage) => usage.node === node) },
    });
    state.apply(new Machine("neko").connect(startMs));

    const lines = await read();

    expect(linesOf(lines, "nodekeeper_route_server_up")).toEqual(['{node="neko"} 1']);
    expect(linesOf(lines, "nodekeeper_route_serving")).toHaveLength(4);
    expect(lines).toContain('nodekeeper_route_left_out{node="neko",role="generation",reason="kept"} 1');
    expect(lines).toContain('nodekeeper_route_left_out{node="studio",role="embeddings",reason="unknown"} 1');
    for (const node of ["neko", "studio"]) {
      const labels = `{node="${node}",model="granite4:3b"}`;
      expect(lines).toContain(`nodekeeper_ollama_model_loaded_seconds_total${labels} 30`);
      expect(lines).toContain(`nodekeeper_ollama_model_loads_total${labels} 1`);
      expect(lines).toContain(`nodekeeper_ollama_model_evictions_total${labels} 0`);
    }
  });

  it("forgets numbers that are overdue, and says since when nothing was told", async () => {
    const { clock, state, read } = scene();
    const neko = new Machine("neko");
    state.apply(neko.connect(startMs));
    state.apply(neko.observe("disks", diskReadings(), startMs));
    state.apply(neko.observe("smart", smartReadings(), startMs));
    expect(linesOf(await read(), "nodekeeper_filesystem_size_bytes")).toHaveLength(3);
    expect(await read()).toContain(`nodekeeper_disk_temperature_celsius{${disk}} 40`);

    await clock.advance(10 * minuteMs);
    const lines = await read();

    for (const name of [
      "filesystem_size_bytes",
      "filesystem_available_bytes",
      "disk_size_bytes",
      "disk_temperature_celsius",
      "disk_wear_ratio",
    ])
      expect(linesOf(lines, `nodekeeper_${name}`)).toEqual([]);
    expect(lines).toContain(`nodekeeper_disk_status{${disk},status="unknown"} 1`);
    expect(linesOf(lines, "nodekeeper_probe_failing")).toEqual([]);
    expect(lines).toContain(`nodekeeper_probe_last_success_timestamp_seconds{node="neko",probe="smart"} ${startMs / 1000}`);
  });

  it("keeps the time of the last success while a probe fails", async () => {
    const { state, read } = scene();
    const neko = new Machine("neko");
    state.apply(neko.connect(startMs));
    state.apply(neko.observe("disks", diskReadings(), startMs - minuteMs));
    state.apply(neko.fail("disks", "it took too long", startMs));

    const lines = await read();

    expect(lines).toContain('nodekeeper_probe_failing{node="neko",probe="disks"} 1');
    expect(lines).toContain(
      `nodekeeper_probe_last_success_timestamp_seconds{node="neko",probe="disks"} ${(startMs - minuteMs) / 1000}`,
    );
  });

  it("tells of a disk what it is, and judges it by what was found", async () => {
    const { state, findings, read } = scene();
    const neko = new Machine("neko");
    state.apply(neko.connect(startMs));
    state.apply(neko.observe("smart", [health({ availableSparePercent: 4 })], startMs));
    findings.put(aFinding("neko", { subject: { kind: "disk_health", id: "eui.0001" }, severity: "medium" }));
    findings.put(aFinding("neko", { id: "b", subject: { kind: "disk_health", id: "eui.0001" }, suppressedBy: "x" }));

    const lines = await read();
    const own = 'node="neko",disk="eui.0001",device="nvme0",model="Lynx 9",serial="S\\"1"';

    expect(lines).toContain(`nodekeeper_disk_info{${own},bus="",firmware="F1"} 1`);
    expect(lines).toContain(`nodekeeper_disk_status{${own},status="degraded"} 1`);
    expect(lines).toContain(`nodekeeper_disk_smart_passed{${own}} 1`);
    expect(lines).toContain(`nodekeeper_disk_spare_ratio{${own}} 0.04`);
    expect(lines).toContain(`nodekeeper_disk_spare_threshold_ratio{${own}} 0.1`);
    expect(lines).toContain(`nodekeeper_disk_power_on_seconds_total{${own}} 7200`);
    expect(linesOf(lines, "nodekeeper_disk_critical_warning")).toEqual([]); // unset is unknown, never 0
  });

  it("gives no temperature of a disk that sleeps, and the time of what it does give", async () => {
    const { state, read } = scene();
    const neko = new Machine("neko");
    state.apply(neko.connect(startMs));
    const asleep = health({ availableSparePercent: 90 });
    asleep.subject.readAtUnixMs = BigInt(startMs - 60 * minuteMs);
    state.apply(neko.observe("smart", [asleep], startMs));

    const lines = await read();

    expect(linesOf(lines, "nodekeeper_disk_temperature_celsius")).toEqual([]);
    expect(linesOf(lines, "nodekeeper_disk_spare_ratio")).toHaveLength(1);
    expect(linesOf(lines, "nodekeeper_disk_health_read_timestamp_seconds")[0]).toMatch(/ 1767222000$/);
  });

  it("counts ways through the tailnet by their kind", async () => {
    const { state, read } = scene();
    const neko = new Machine("neko");
    state.apply(neko.connect(startMs));
    const peer = (id: string, path: TailscalePath, isActive = 1): Reading =>
      aReading("tailscale_peer", id, { case: "tailscalePeer", value: { path } }, { is_active: isActive });
    const self = { case: "tailscale", value: { backendState: "Running", keyExpiresAtUnixMs: 1_800_000_000_000n } } as const;
    const peers = [peer("a", TailscalePath.DIRECT), peer("b", TailscalePath.DERP), peer("c", TailscalePath.DERP, 0)];
    state.apply(neko.observe("tailscale", [aReading("tailscale", "", self, { online_peers_total: 3 }), ...peers], startMs));

    expect(linesOf(await read(), "nodekeeper_tailnet_paths")).toEqual([
      '{node="neko",path="direct"} 1',
      '{node="neko",path="derp"} 1',
      '{node="neko",path="peer_relay"} 0',
    ]);
    expect(await read()).toContain('nodekeeper_tailnet_key_expiry_timestamp_seconds{node="neko"} 1800000000');
  });

  it("tells of a machine that claims too much only a part, and how much it left out", async () => {
    const { state, read } = scene();
    const neko = new Machine("neko");
    state.apply(neko.connect(startMs));
    const mounts = Array.from({ length: maximumThings + 5 }, (_, index) =>
      aReading("filesystem", `/${index}`, { case: "filesystem", value: { mountPoint: `/${index}`, sizeBytes: 1n } }),
    );
    state.apply(neko.observe("disks", mounts, startMs));

    const lines = await read();

    expect(linesOf(lines, "nodekeeper_filesystem_size_bytes")).toHaveLength(maximumThings);
    expect(lines).toContain('nodekeeper_left_out_things{node="neko",kind="filesystem"} 5');
  });

  it("tells findings that fire, of nodes and of the cluster, with what was decided about them", async () => {
    const { findings, state, read } = scene();
    state.apply(new Machine("neko").connect(startMs));
    findings.put(aFinding("neko", { id: "pending", state: "pending" }));
    findings.put(aFinding("neko", { attention: { isQuiet: true, isSetAside: true, decisions: [] } }));
    findings.put(aFinding("", { id: "c", rule: "etcd-members", subject: { kind: "cluster", id: "" } }));

    const lines = await read();

    expect(linesOf(lines, "nodekeeper_finding")).toEqual([
      '{node="neko",rule="disk-nearly-full",subject_kind="filesystem",subject="/",severity="high",state="set_aside"} 1',
      '{node="",rule="etcd-members",subject_kind="cluster",subject="",severity="high",state="firing"} 1',
    ]);
    expect(linesOf(lines, "nodekeeper_finding_muted")).toHaveLength(1);
    expect(lines).toContain('nodekeeper_node_findings{node="neko",severity="high"} 0');
  });

  it("counts what waits to be written to a node, and when its filesystems will be full", async () => {
    const operation = { node: "neko", item: "a", kind: "set", class: "describe", why: "" } as const;
    const { state, read } = scene({
      reconciliation: {
        planOf: () => ({
          operations: [
            { ...operation, reconciler: "node-labels", waiting: { for: "dwell", text: "" } },
            { ...operation, reconciler: "node-labels", item: "b", waiting: { for: "dwell", text: "" } },
          ],
          held: [{ reconciler: "node-taints", node: "neko", item: "", reason: "" }],
        }),
      },
      fullAtMs: (_node, mountPoint) => (mountPoint === "/data" ? 1_800_000_000_000 : undefined),
    });
    const neko = new Machine("neko");
    state.apply(neko.connect(startMs));
    state.apply(neko.observe("system", systemReadings(), startMs));
    state.apply(neko.observe("disks", diskReadings(), startMs));

    const lines = await read();

    expect(lines).toContain('nodekeeper_node_planned_changes{node="neko",reconciler="node-labels",for="dwell"} 2');
    expect(lines).toContain('nodekeeper_node_held_items{node="neko",reconciler="node-taints"} 1');
    expect(linesOf(lines, "nodekeeper_filesystem_predicted_full_timestamp_seconds")).toEqual([
      '{node="neko",mount_point="/data",device="",type="ext4"} 1800000000',
    ]);
  });

  it("lets others have their turn while it is made", async () => {
    const { state, exposition } = scene({
      clock: {
        ...new FakeClock(startMs),
        wallMs: () => startMs,
        monotonicMs: () => performance.now(),
        sleep: async () => undefined,
      },
    });
    for (let index = 0; index < 300; index += 1) {
      const machine = new Machine(`node-${index}`);
      state.apply(machine.connect(startMs));
      state.apply(machine.observe("disks", diskReadings(), startMs));
    }
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);

    await piecesOf(exposition);
    isOver = true;

    expect(turns).toBeGreaterThan(2);
  });

  it("serves some readers at the same time and no more, and a place is free again when one leaves in the middle", async () => {
    const { state, exposition } = scene();
    state.apply(new Machine("neko").connect(startMs));
    const readers = Array.from({ length: 4 }, () => exposition.page()[Symbol.asyncIterator]());
    for (const reader of readers) await reader.next();

    expect(() => exposition.page()).toThrow(expect.objectContaining({ code: "OVERLOADED" }));
    await readers[0]?.return?.();

    expect((await piecesOf(exposition)).length).toBeGreaterThan(3);
  });
});

function health(nvme: { readonly availableSparePercent: number }): Reading {
  return aReading(
    "disk_health",
    "eui.0001",
    {
      case: "diskHealth",
      value: {
        device: "/dev/nvme0",
        modelName: "Lynx 9",
        serialNumber: 'S"1',
        firmwareVersion: "F1",
        status: HealthStatus.PASSED,
        powerState: PowerState.ACTIVE,
        nvme: { ...nvme, availableSpareThresholdPercent: 10 },
      },
    },
    { temperature_celsius: 40, available_spare_percent: nvme.availableSparePercent, power_on_hours: 2 },
  );
}
