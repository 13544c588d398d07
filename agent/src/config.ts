/** The agent's settings: flags and environment. */
import { existsSync } from "node:fs";
import { isIP } from "node:net";
import {
  type Address,
  bytesOption,
  choiceOption,
  defaultAddresses,
  didYouMean,
  durationOption,
  formatDuration,
  addressOption as hostPortOption,
  type LogLevel,
  listOption,
  logLevels,
  type Option,
  optionsHelp,
  parseDuration,
  readOptions,
  type Sources,
  stringOption,
} from "@nodekeeper/shared";
import { type AccessConfig, accessConfig, accessContradictions, accessOptions } from "./access/access-config.ts";
import { type AlarmConfig, alarmConfig, alarmOptions } from "./alarm/alarm-config.ts";
import { probes } from "./probes/index.ts";
import { maximumSocketPathBytes } from "./spool/socket-server.ts";

/** In which form the agent runs: all of it, or one of its two sides. */
export type Form = "run" | "probe" | "report";

/** Whether a machine is meant to be there always, or only when its owner likes. */
export type Availability = (typeof availabilities)[number];

/** What the agent is told. Every form takes every option and uses what it needs. */
export interface AgentConfig {
  /** How the collector is reached, and what proves who we are. */
  readonly access: AccessConfig;
  /** Whom the reporting side tells that no collector is there; undefined: nobody. */
  readonly alarm: AlarmConfig | undefined;
  /** Whether this machine is meant to be there always. */
  readonly availability: Availability;
  /** Undefined: the host's own name. */
  readonly nodeName: string | undefined;
  readonly hostRoot: string;
  /** Undefined: not told. */
  readonly nodeAddress: string | undefined;
  readonly spoolDir: string;
  readonly spoolMemoryBytes: number;
  readonly spoolDiskBytes: number;
  readonly spoolMaximumAgeMs: number;
  readonly spillAfterMs: number;
  readonly socket: string;
  /** Group id that the socket is given to; undefined: that of the process. */
  readonly socketGroupId: number | undefined;
  /** Undefined: no health server. */
  readonly healthListen: Address | undefined;
  readonly intervalOverridesMs: ReadonlyMap<string, number>;
  readonly logLevel: LogLevel;
}

const availabilities = ["always", "intermittent"] as const;

const commonOptions = {
  ...accessOptions,
  ...alarmOptions,
  availability: choiceOption({
    description: "intermittent: this machine is switched off and put to sleep as its owner likes",
    choices: availabilities,
    default: "always",
  }),
  nodeName: {
    ...stringOption({ description: "name of this node", placeholder: "NAME" }),
    fallback: "",
    fallbackText: "$NODE_NAME, else the host's name",
  },
  hostRoot: stringOption({ description: "where the host's files lie", placeholder: "DIR", default: "/" }),
  nodeAddress: addressOption(),
  spoolDir: stringOption({ description: "the spool's directory", placeholder: "DIR", default: "/var/lib/nodekeeper/agent" }),
  spoolMemory: bytesOption({ description: "most that the spool holds in memory", default: "8MiB", minimum: 64 * 1024 }),
  spoolDisk: bytesOption({ description: "most that the spool holds on the disk", default: "64MiB", minimum: 2 ** 20 }),
  spoolAge: durationOption({ description: "older history is dropped", default: "48h", minimumMs: 60_000 }),
  spillAfter: durationOption({
    description: "without acknowledgements for so long, the spool goes to the disk",
    default: "60s",
    minimumMs: 100,
  }),
  socket: socketOption(),
  socketGroup: groupOption(),
  interval: listOption(intervalOption()),
  logLevel: choiceOption({ description: "how much to log", choices: logLevels, default: "info" }),
};

/** The two sides may run beside each other: each has a health address of its own. */
function optionsOf(form: Form): typeof commonOptions & { readonly healthListen: Option<Address | "none"> } {
  const { agentHealth, agentReportHealth } = defaultAddresses;
  return { ...commonOptions, healthListen: healthOption(form === "report" ? agentReportHealth : agentHealth) };
}

/** Variables are NODEKEEPER_AGENT_SPOOL_DIR and so on. */
const envPrefix = "NODEKEEPER_AGENT_";

/** Reads the settings; throws CONFIG_INVALID with every problem at once. */
export function readConfig(
  form: Form,
  sources: Omit<Sources, "envPrefix">,
  hasFile: (path: string) => boolean = existsSync,
): AgentConfig {
  // Who only reads the machine dials nobody.
  const values = readOptions(optionsOf(form), { ...sources, envPrefix }, (given) =>
    form === "probe" ? [] : accessContradictions(given, hasFile),
  );
  return {
    access: accessConfig(values),
    alarm: alarmConfig(values),
    availability: values.availability,
    // The downward API of Kubernetes gives NODE_NAME, without our prefix.
    nodeName: values.nodeName || sources.env["NODE_NAME"] || undefined,
    hostRoot: values.hostRoot,
    nodeAddress: values.nodeAddress === "none" ? undefined : values.nodeAddress,
    spoolDir: values.spoolDir,
    spoolMemoryBytes: values.spoolMemory,
    spoolDiskBytes: values.spoolDisk,
    spoolMaximumAgeMs: values.spoolAge,
    spillAfterMs: values.spillAfter,
    socket: values.socket,
    socketGroupId: values.socketGroup === "own" ? undefined : values.socketGroup,
    healthListen: values.healthListen === "none" ? undefined : values.healthListen,
    intervalOverridesMs: new Map(values.interval.map(({ probe, intervalMs }) => [probe, intervalMs])),
    logLevel: values.logLevel,
  };
}

/** For `--help`. */
export function configHelp(form: Form = "run"): string {
  return [
    "Usage: agent <run|probe|report> [options]",
    "",
    "  run     reads this machine and reports it, in one process",
    "  probe   only reads it, as root, and keeps the spool",
    "  report  only reports, as anyone, what probe has in its spool",
    "",
    optionsHelp(optionsOf(form)),
    "",
    `Each option is also an environment variable: --spool-dir is ${envPrefix}SPOOL_DIR. A flag wins.`,
  ].join("\n");
}

function healthOption(fallback: string): Option<Address | "none"> {
  // Any address: a kubelet asks from outside of the pod. Nothing secret is told there, and nothing taken.
  const option = hostPortOption({ description: "where health and metrics are served, or none", default: fallback });
  return { ...option, placeholder: "HOST:PORT|none", parse: (texts) => (texts.at(-1) === "none" ? "none" : option.parse(texts)) };
}

function addressOption(): Option<string> {
  return {
    description: "an IP address of the node (status.hostIP), to ask its services from a container",
    placeholder: "IP",
    fallback: "none",
    fallbackText: "one of the host's own",
    isRepeatable: false,
    parse: (texts) => {
      const text = texts.at(-1) ?? "";
      if (isIP(text) === 0) throw new Error(`expected an IP address such as 192.168.1.10, got "${text}"`);
      return text;
    },
  };
}

function socketOption(): Option<string> {
  const option = stringOption({
    description: "where probe and report meet",
    placeholder: "PATH",
    default: "/run/nodekeeper/spool.sock",
  });
  return {
    ...option,
    parse: (texts) => {
      const path = option.parse(texts);
      const bytes = Buffer.byteLength(path);
      if (bytes <= maximumSocketPathBytes) return path;
      throw new Error(`expected a path of at most ${maximumSocketPathBytes} bytes (Linux allows a socket no more), got ${bytes}`);
    },
  };
}

function groupOption(): Option<number | "own"> {
  return {
    description: "numeric id of the group that may use the socket",
    placeholder: "GID",
    fallback: "own",
    fallbackText: "that of the process",
    isRepeatable: false,
    parse: (texts) => {
      const text = texts.at(-1) ?? "";
      if (text === "own") return "own";
      if (!/^\d{1,9}$/.test(text)) throw new Error(`expected the number of a group, got "${text}"`);
      return Number(text);
    },
  };
}

/** The collector takes no observation that was promised more often. */
const shortestIntervalMs = 1_000;

function intervalOption(): Option<{ readonly probe: string; readonly intervalMs: number }> {
  const names = [...probes.map((probe) => probe.name), "agent"];
  return {
    description: "run a probe at this interval whatever the collector says, for tests",
    placeholder: "PROBE=TIME",
    fallback: undefined,
    fallbackText: "",
    isRepeatable: false,
    parse: (texts) => {
      const text = texts.at(-1) ?? "";
      const [probe = "", time] = text.split("=");
      if (time === undefined) throw new Error(`expected PROBE=TIME such as disks=10s, got "${text}"`);
      if (!names.includes(probe)) throw new Error(`unknown probe "${probe}"${didYouMean(probe, names)}`);
      const intervalMs = parseDuration(time);
      if (intervalMs < shortestIntervalMs)
        throw new Error(`expected at least ${formatDuration(shortestIntervalMs)}, got "${time}"`);
      return { probe, intervalMs };
    },
  };
}
