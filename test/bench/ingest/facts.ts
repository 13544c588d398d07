/** What a node of the benchmark is made of: a mini PC with two disks, five filesystems, four interfaces and sixteen sensors. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Facts, FactsSchema, Outcome, SensorType, type SubjectSchema } from "@nodekeeper/proto";

/** A probe as the agent runs it. */
export interface BenchProbe {
  readonly name: string;
  readonly intervalMs: number;
  facts(node: number): Facts;
}

type SubjectInit = MessageInitShape<typeof SubjectSchema>;
type SubjectValue = NonNullable<SubjectInit["value"]>;

const counters = ["completed_total", "bytes_total", "seconds_total"];
const diskSamples = [
  ...counters.flatMap((name) => [`reads_${name}`, `writes_${name}`]),
  ...["discards_completed_total", "io_seconds_total", "io_in_flight"],
];
const interfaceSamples = ["bytes", "packets", "errors", "dropped"].flatMap((name) => [
  `receive_${name}_total`,
  `transmit_${name}_total`,
]);
const cpuSamples = [
  ...["1m", "5m", "15m"].map((span) => `load_average_${span}`),
  ...["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"].map((name) => `${name}_seconds_total`),
  "context_switches_total",
];
const memorySamples = ["available", "free", "buffers", "cached", "dirty", "swap_free"].map((name) => `${name}_bytes`);
const pressureSamples = ["some", "full"].flatMap((name) => [
  ...[10, 60, 300].map((s) => `${name}_avg${s}_percent`),
  `${name}_seconds_total`,
]);
const filesystemSamples = ["used_bytes", "free_bytes", "available_bytes", "inodes_used", "inodes_free"];

/** The probes of an agent at their default intervals. */
export const benchProbes: readonly BenchProbe[] = [
  { name: "system", intervalMs: 15_000, facts: systemFacts },
  { name: "network", intervalMs: 15_000, facts: networkFacts },
  { name: "disks", intervalMs: 60_000, facts: diskFacts },
  { name: "sensors", intervalMs: 60_000, facts: sensorFacts },
  { name: "smart", intervalMs: 300_000, facts: smartFacts },
];

/** A subject that was read, and its samples. */
export interface Thing {
  readonly subject: SubjectInit;
  readonly samples: readonly string[];
}

/** Makes one. */
export function ok(kind: string, id: string, value: SubjectValue, samples: readonly string[] = []): Thing {
  return { subject: { kind, id, outcome: Outcome.OK, value }, samples };
}

/** Facts of these, each kind with a list that is whole. */
export function factsOf(things: readonly Thing[]): Facts {
  const kinds = [...new Set(things.map(({ subject }) => subject.kind ?? ""))];
  return create(FactsSchema, {
    subjects: things.map(({ subject }) => subject),
    lists: kinds.map((kind) => ({ kind, isComplete: true })),
    sampleKeys: things.flatMap(({ subject, samples }) =>
      samples.map((name) => ({ kind: subject.kind ?? "", id: subject.id ?? "", name })),
    ),
  });
}

function systemFacts(node: number): Facts {
  return factsOf([
    ok(
      "operating_system",
      "",
      {
        case: "operatingSystem",
        value: {
          ...{ id: "debian", versionId: "13", prettyName: "Debian GNU/Linux 13 (trixie)", kernelRelease: "6.12.48+deb13-amd64" },
          ...{ architecture: "x86_64", hostname: `node-${node}`, machineId: machineId(node), bootId: "b".repeat(36) },
        },
      },
      ["uptime_seconds", "processes_running", "processes_blocked"],
    ),
    ok("board", "", { case: "board", value: { vendor: "AZW", productName: "SER", boardName: "SER", firmwareVersion: "1.09" } }),
    ok("cpu", "", { case: "cpu", value: { modelName: "AMD Ryzen 7 5825U", logicalCount: 16, coreCount: 8 } }, cpuSamples),
    ok("memory", "", { case: "memory", value: { totalBytes: 33_554_432_000n, swapTotalBytes: 0n } }, memorySamples),
    ...["cpu", "memory", "io"].map((id) => ok("pressure", id, { case: "pressure", value: {} }, pressureSamples)),
    ok("time_sync", "", { case: "timeSync", value: { isSynchronized: true, service: "systemd-timesyncd", clockSource: "tsc" } }),
  ]);
}

function diskFacts(node: number): Facts {
  const disks = ["nvme0n1", "sda"].map((name) =>
    ok(
      "block_device",
      `eui.${machineId(node).slice(0, 12)}${name}`,
      {
        case: "blockDevice",
        value: {
          ...{ name, bus: "nvme", model: "Samsung SSD 980 PRO 1TB", serial: `S5GXNX0T${node}`, firmwareRevision: "5B2QGXA7" },
          ...{ sizeBytes: 1_000_204_886_016n, logicalBlockSizeBytes: 512, isRotational: false, isReadOnly: false },
          partitions: [1, 2, 3].map((number) => ({ name: `${name}p${number}`, number, sizeBytes: 300_000_000_000n })),
        },
      },
      diskSamples,
    ),
  );
  const filesystems = ["/", "/boot", "/boot/efi", "/var/lib/longhorn", "/home"].map((mountPoint) =>
    ok(
      "filesystem",
      mountPoint,
      {
        case: "filesystem",
        value: {
          mountPoint,
          source: "/dev/nvme0n1p2",
          type: "ext4",
          isReadOnly: false,
          sizeBytes: 300_000_000_000n,
          isRemote: false,
        },
      },
      filesystemSamples,
    ),
  );
  return factsOf([...disks, ...filesystems]);
}

function networkFacts(node: number): Facts {
  const interfaces = ["lo", "enp1s0", "wlp2s0", "tailscale0"].map((name) =>
    ok(
      "network_interface",
      name,
      {
        case: "networkInterface",
        value: {
          name,
          type: "ethernet",
          macAddress: "02:00:00:00:00:01",
          operationalState: "up",
          mtuBytes: 1500,
          addresses: [`10.0.${node >> 8}.${node & 255}/16`],
        },
      },
      interfaceSamples,
    ),
  );
  return factsOf([
    ...interfaces,
    ok("routing", "", { case: "routing", value: { defaultGatewayIpv4: "10.0.0.1", nameServers: ["10.0.0.1"] } }),
  ]);
}

function sensorFacts(): Facts {
  return factsOf(
    Array.from({ length: 16 }, (_, index) =>
      ok(
        "sensor",
        `k10temp/0000:00:18.3/temp${index}`,
        { case: "sensor", value: { chip: "k10temp", label: `Tccd${index}`, type: SensorType.TEMPERATURE, critical: 95 } },
        ["temperature_celsius"],
      ),
    ),
  );
}

function smartFacts(node: number): Facts {
  return factsOf(
    ["nvme0n1", "sda"].map((name) =>
      ok(
        "disk_health",
        `eui.${machineId(node).slice(0, 12)}${name}`,
        {
          case: "diskHealth",
          value: {
            ...{
              device: `/dev/${name}`,
              protocol: "NVMe",
              modelName: "Samsung SSD 980 PRO 1TB",
              serialNumber: `S5GXNX0T${node}`,
            },
            nvme: {
              criticalWarning: 0,
              compositeTemperatureCelsius: 41,
              availableSparePercent: 100,
              percentageUsed: 3,
              dataUnitsRead: 1_000_000n,
            },
          },
        },
        ["temperature_celsius", "percentage_used", "available_spare_percent", "power_on_hours"],
      ),
    ),
  );
}

/** The machine-id of a node. */
export function machineId(node: number): string {
  return node.toString(16).padStart(32, "0");
}
