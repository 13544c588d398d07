/**
 * CPU and bytes for a stored sample beside Prometheus and VictoriaMetrics, with the same samples in the same run.
 * `node test/bench/peers/main.ts --prometheus PATH --victoria-metrics PATH [--nodes 100] [--hours 24]`; the programs of Debian's packages need not
 * be installed: `apt-get download prometheus victoria-metrics && dpkg -x …`. Ends with 1 when ours takes more than 4 bytes a sample, and
 * with 2 when something is missing.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { integerOption, readOptions, stringOption } from "@nodekeeper/shared";
import { findTool } from "../../vm/tool.ts";
import { seriesPerNode } from "./fleet.ts";
import { type Cost, measurePeer, type Peer, post } from "./peer.ts";

const boundBytes = 4;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

const options = readOptions(
  {
    nodes: integerOption({ description: "how many nodes", default: "100", minimum: 1, maximum: 10_000 }),
    hours: integerOption({ description: "how much simulated time", default: "24", minimum: 3, maximum: 24 }),
    prometheus: stringOption({ description: "the program", placeholder: "PATH", default: "prometheus" }),
    victoriaMetrics: stringOption({ description: "the program", placeholder: "PATH", default: "victoria-metrics" }),
  },
  { args: process.argv.slice(2), env: {}, envPrefix: "NODEKEEPER_BENCH_" },
);
const prometheus = program(options.prometheus);
const victoriaMetrics = program(options.victoriaMetrics);

if (prometheus === undefined || victoriaMetrics === undefined) {
  process.stderr.write("cannot measure: prometheus or victoria-metrics is not there; give their paths\n");
  process.exitCode = 2;
} else {
  await measureAll(prometheus, victoriaMetrics);
}

async function measureAll(prometheusFile: string, victoriaMetricsFile: string): Promise<void> {
  const { nodes, hours } = options;
  // A whole day, at least a day ago: nobody takes it for the future, and nobody's retention drops it.
  const startMs = Math.floor(Date.now() / dayMs) * dayMs - 2 * dayMs;
  const endMs = startMs + hours * hourMs;
  const folder = mkdtempSync(join(tmpdir(), "nodekeeper-bench-peers-"));
  try {
    console.log(`Node ${process.version}, ${cpus().length} cores; ${nodes} nodes of ${seriesPerNode} series, ${hours} h\n`);
    const ours = measureOurs(folder, nodes, startMs, endMs);
    print("nodekeeper", ours, ours);
    for (const peer of [prometheusPeer(prometheusFile), victoriaMetricsPeer(victoriaMetricsFile)]) {
      const own = join(folder, peer.name);
      mkdirSync(own);
      print(peer.name, await measurePeer(peer, own, nodes, startMs, endMs), ours);
      rmSync(own, { recursive: true });
    }
    if (ours.bytes / ours.samples > boundBytes) {
      console.log(`MISSED: at most ${boundBytes} bytes a sample`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureOurs(folder: string, nodes: number, startMs: number, endMs: number): Cost {
  const directory = join(folder, "ours");
  const run = (...args: readonly string[]): { readonly samples: number; readonly cpuSeconds: number } => {
    const file = join(import.meta.dirname, "ours.ts");
    const argv = [file, String(nodes), String(startMs), String(endMs), ...args];
    return JSON.parse(execFileSync(process.execPath, argv, { encoding: "utf8" })); // It says what is declared here.
  };
  const { samples, cpuSeconds } = run(directory);
  const making = run();
  return {
    ...{ samples, cpuSeconds: cpuSeconds - making.cpuSeconds },
    bytes: statSync(join(directory, "nodekeeper.db")).size,
    remark: partsOf(join(directory, "nodekeeper.db"), samples),
  };
}

/** Where our bytes are. */
function partsOf(file: string, samples: number): string {
  using database = new DatabaseSync(file, { readOnly: true });
  const number = (sql: string): number => Number(Object.values(database.prepare(sql).get() ?? {})[0]);
  const bodies = (table: string): string => (number(`SELECT sum(length(body)) FROM ${table}`) / samples).toFixed(2);
  const free = (number("PRAGMA freelist_count") * 4096) / samples;
  return (
    `raw ${bodies("raw_chunks")}, 5 min ${bodies("five_minute_chunks")}, 1 h ${bodies("hour_chunks")}, free pages that the journal of ` +
    `the next hour takes ${free.toFixed(2)}`
  );
}

function prometheusPeer(file: string): Peer {
  return {
    name: "prometheus",
    writePath: "/api/v1/write",
    healthPath: "/-/ready",
    argv: (folder, address) => [
      file,
      `--web.listen-address=${address}`,
      `--storage.tsdb.path=${folder}/data`,
      "--storage.tsdb.retention.time=365d",
      "--web.enable-remote-write-receiver",
      "--web.enable-admin-api",
      "--config.file=/dev/null",
      "--log.level=error",
    ],
    // A snapshot holds the blocks and, as one more block, what is still in memory: all of it in its final form.
    settle: async (url) => {
      await post(`${url}/api/v1/admin/tsdb/snapshot`);
      return "blocks; its log of the last two hours is not counted";
    },
    dataFolder: (folder) => join(folder, "data", "snapshots"),
  };
}

function victoriaMetricsPeer(file: string): Peer {
  return {
    name: "victoria-metrics",
    writePath: "/api/v1/write",
    healthPath: "/health",
    argv: (folder, address) => [
      file,
      `-httpListenAddr=${address}`,
      `-storageDataPath=${folder}/data`,
      "-retentionPeriod=1y",
      "-loggerLevel=ERROR",
    ],
    settle: async (url) => {
      await post(`${url}/internal/force_flush`);
      await post(`${url}/internal/force_merge`);
      return "data and index, merged";
    },
    dataFolder: (folder) => join(folder, "data"),
  };
}

function print(name: string, { samples, cpuSeconds, bytes, remark }: Cost, ours: Cost): void {
  const [cpu, size] = [(cpuSeconds * 1e6) / samples, bytes / samples];
  const ratios = `ours is ${((ours.cpuSeconds * 1e6) / ours.samples / cpu).toFixed(2)} of its CPU, ${(ours.bytes / ours.samples / size).toFixed(2)} of its bytes`;
  console.log(
    `| ${name} | ${samples} | ${cpu.toFixed(2)} us | ${size.toFixed(2)} | ${name === "nodekeeper" ? "" : ratios} | ${remark} |`,
  );
}

function program(name: string): string | undefined {
  if (!name.includes("/")) return findTool(name);
  return existsSync(name) ? resolve(name) : undefined;
}
