/**
 * What simulated machines are made of: mini PCs, Raspberry Pis and GPU workstations of a few models each, as a fleet is. Models are alike;
 * names, serial numbers, addresses, sizes and peers are each machine's own.
 */
import { type Facts, SensorType, TailscalePath } from "@nodekeeper/proto";
import { benchProbes, factsOf, ok, type Thing } from "../ingest/facts.ts";
import { richProbes } from "../ingest/rich-facts.ts";

/** A probe of a machine. `generation` grows when what it states has changed. */
export interface MachineProbe {
  readonly name: string;
  readonly intervalMs: number;
  /** How likely an observation states something else than the one before. */
  readonly changeProbability: number;
  facts(node: number, generation: number): Facts;
}

/** A kind of machine. */
export interface Machine {
  readonly name: string;
  readonly probes: readonly MachineProbe[];
}

const models = ["SER5", "SER6 Pro", "EliteDesk 800 G6", "OptiPlex 7080 Micro", "NUC11PAHi5"] as const;
const disks = ["Samsung SSD 980 PRO 1TB", "WD_BLACK SN770 1TB", "KINGSTON SNV2S1000G"] as const;
const filesystemSamples = ["used_bytes", "free_bytes", "available_bytes", "inodes_used", "inodes_free"];
const peersOfHomelab = 12;

/** What a machine is, by its number: of twenty fourteen are mini PCs, five Raspberry Pis, one a workstation with a GPU. */
export function machineOf(node: number): Machine {
  const place = node % 20;
  if (place === 19) return workstation;
  return place >= 14 ? raspberryPi : miniPc;
}

const common: readonly MachineProbe[] = [
  { name: "system", intervalMs: 15_000, changeProbability: 0.0005, facts: systemFacts },
  { name: "network", intervalMs: 30_000, changeProbability: 0.002, facts: networkFacts },
  { name: "disks", intervalMs: 60_000, changeProbability: 0.002, facts: diskFacts },
  { name: "sensors", intervalMs: 60_000, changeProbability: 0, facts: sensorFacts },
  { name: "time", intervalMs: 60_000, changeProbability: 0.01, facts: timeFacts },
  { name: "kernel-log", intervalMs: 60_000, changeProbability: 0.001, facts: kernelLogFacts },
  // A health log counts hours and data: it states something new with every reading.
  { name: "smart", intervalMs: 300_000, changeProbability: 1, facts: healthFacts },
];
const tailscale: MachineProbe = { name: "tailscale", intervalMs: 15_000, changeProbability: 0.01, facts: tailscaleFacts };

const miniPc: Machine = { name: "mini PC", probes: [...common, tailscale] };
const raspberryPi: Machine = {
  name: "Raspberry Pi",
  probes: [...common, tailscale, { name: "raspberry-pi", intervalMs: 15_000, changeProbability: 0.001, facts: piFacts }],
};
const workstation: Machine = {
  name: "GPU workstation",
  probes: [...common, ...richProbes.map(({ name, intervalMs, facts }) => ({ name, intervalMs, changeProbability: 0.01, facts }))],
};

function modelOf(node: number): string {
  return isPi(node) ? "Raspberry Pi 5 Model B Rev 1.0" : (models[Math.floor(node / 20) % models.length] ?? models[0]);
}

function isPi(node: number): boolean {
  return machineOf(node) === raspberryPi;
}

/** The machine-id of a node. */
export function machineId(node: number): string {
  return node.toString(16).padStart(32, "0");
}

/** As in the older benchmark, with the machine's own model. */
function systemFacts(node: number, generation: number): Facts {
  const facts = factsOfBench("system", node);
  for (const { value } of facts.subjects) {
    if (value.case === "board") Object.assign(value.value, { productName: modelOf(node), firmwareVersion: `1.${node % 7}` });
    if (value.case === "operatingSystem") Object.assign(value.value, { kernelRelease: `6.12.${48 + generation}+deb13` });
    if (value.case === "memory")
      value.value.totalBytes = isPi(node) ? 8_324_055_040n : 33_554_432_000n - BigInt(node % 5) * 4096n;
  }
  return facts;
}

function networkFacts(node: number, generation: number): Facts {
  const facts = factsOfBench("network", node);
  for (const { value } of facts.subjects) {
    if (value.case !== "networkInterface" || value.value.name === "lo") continue;
    const hex = node.toString(16).padStart(6, "0");
    Object.assign(value.value, {
      macAddress: `02:00:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`,
      addresses: [`10.${(node >> 8) & 255}.${node & 255}.${generation & 255}/8`],
    });
  }
  return facts;
}

function diskFacts(node: number, generation: number): Facts {
  const things: Thing[] = [];
  const names = isPi(node) ? ["nvme0n1"] : ["nvme0n1", "sda"];
  for (const { subject, samples } of thingsOf(factsOfBench("disks", node))) {
    const { value } = subject;
    if (value?.case === "blockDevice") {
      if (!names.includes(value.value?.name ?? "")) continue;
      Object.assign(value.value ?? {}, {
        model: disks[node % disks.length],
        serial: `S5GX${node}`,
        firmwareRevision: `5B2Q${generation}`,
      });
    }
    things.push({ subject, samples });
  }
  // Where Longhorn keeps replicas each machine has a partition of its own size.
  const value = {
    mountPoint: "/mnt/data",
    source: "/dev/sda1",
    type: "ext4",
    sizeBytes: 900_000_000_000n + BigInt(node),
    isRemote: false,
  };
  things.push(ok("filesystem", "/mnt/data", { case: "filesystem", value }, filesystemSamples));
  return factsOf(things);
}

function sensorFacts(node: number): Facts {
  const chip = isPi(node) ? "cpu_thermal" : `k10temp/0000:00:18.${node % models.length}`;
  return factsOf(
    Array.from({ length: isPi(node) ? 3 : 16 }, (_, index) =>
      ok(
        "sensor",
        `${chip}/temp${index}`,
        { case: "sensor", value: { chip, label: `Tccd${index}`, type: SensorType.TEMPERATURE, critical: 95 } },
        ["temperature_celsius"],
      ),
    ),
  );
}

function timeFacts(_: number, generation: number): Facts {
  const value = {
    isSynchronized: true,
    service: "systemd-timesyncd",
    clockSource: "tsc",
    reference: `192.0.2.${generation & 127}`,
  };
  return factsOf([ok("time_sync", "", { case: "timeSync", value }, ["offset_seconds"])]);
}

function kernelLogFacts(node: number, generation: number): Facts {
  const sinceUnixMs = BigInt(1_790_000_000_000 + node * 1_000 + generation);
  return factsOf([ok("kernel_log", "", { case: "kernelLog", value: { isWhole: true, sinceUnixMs } }, ["records_total"])]);
}

function healthFacts(node: number, generation: number): Facts {
  const facts = factsOfBench("smart", node);
  for (const { value } of facts.subjects) {
    if (value.case !== "diskHealth") continue;
    value.value.modelName = disks[node % disks.length] ?? "";
    if (value.value.nvme !== undefined) value.value.nvme.dataUnitsRead = BigInt(1_000_000 + node + generation * 100);
  }
  return facts;
}

/** Homelabs of a dozen: who is in one tailnet sees the others. */
function tailscaleFacts(node: number, generation: number): Facts {
  const first = node - (node % peersOfHomelab);
  const peers = Array.from({ length: peersOfHomelab }, (_, index) => first + index).filter((peer) => peer !== node);
  const self = {
    backendState: "Running",
    stableId: `n${node}CNTRL`,
    dnsName: `node-${node}.tail${first}.ts.net`,
    isOnline: true,
    isKeyExpired: false,
  };
  return factsOf([
    ok("tailscale", "", { case: "tailscale", value: { ...self, tailnet: `tail${first}.ts.net` } }),
    ...peers.map((peer) =>
      ok(
        "tailscale_peer",
        `n${peer}CNTRL`,
        {
          case: "tailscalePeer",
          value: {
            ...{ hostName: `node-${peer}`, dnsName: `node-${peer}.tail${first}.ts.net`, operatingSystem: "linux" },
            ...{ addresses: [`100.64.${(peer >> 8) & 255}.${peer & 255}`], isOnline: true, homeRegion: "fra" },
            ...{ path: TailscalePath.DIRECT, pathDetail: `192.0.2.${peer & 255}:${40_000 + (generation & 1_023)}` },
          },
        },
        ["receive_bytes_total", "transmit_bytes_total", "handshake_age_seconds", "is_active"],
      ),
    ),
  ]);
}

function piFacts(node: number, generation: number): Facts {
  const value = { model: modelOf(node), revision: "d04170", isUnderVoltage: false, isThrottled: generation % 2 === 1 };
  return factsOf([ok("raspberry_pi", "", { case: "raspberryPi", value }, ["core_volts"])]);
}

function factsOfBench(name: string, node: number): Facts {
  const probe = benchProbes.find((each) => each.name === name);
  if (probe === undefined) throw new Error(`there is no probe ${name}`);
  return probe.facts(node);
}

function thingsOf(facts: Facts): readonly Thing[] {
  return facts.subjects.map((subject) => ({
    subject,
    samples: facts.sampleKeys.filter(({ kind, id }) => kind === subject.kind && id === subject.id).map(({ name }) => name),
  }));
}
