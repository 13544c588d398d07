/** The collector's settings: flags and environment. */
import {
  type Address,
  choiceOption,
  defaultAddresses,
  type LogLevel,
  logLevels,
  loopbackOption,
  optionsHelp,
  readOptions,
  type Sources,
  stringOption,
} from "@nodekeeper/shared";

/** What the collector is told. */
export interface CollectorConfig {
  /** HTTP: API, stream, dashboard, metrics. */
  readonly listen: Address;
  /** gRPC, for agents. */
  readonly grpcListen: Address;
  /** Folder of the database. It is made if it is not there. */
  readonly dataDir: string;
  readonly logLevel: LogLevel;
}

const options = {
  listen: loopbackOption({ description: "where API and dashboard listen", default: defaultAddresses.collectorHttp }),
  grpcListen: loopbackOption({ description: "where agents report", default: defaultAddresses.collectorGrpc }),
  dataDir: stringOption({ description: "folder of the database", placeholder: "DIR", default: "/var/lib/nodekeeper/collector" }),
  logLevel: choiceOption({ description: "how much to log", choices: logLevels, default: "info" }),
};

/** Variables are NODEKEEPER_COLLECTOR_LISTEN and so on. */
const envPrefix = "NODEKEEPER_COLLECTOR_";

/** Reads the settings; throws CONFIG_INVALID with every problem at once. */
export function readConfig(sources: Omit<Sources, "envPrefix">): CollectorConfig {
  return readOptions(options, { ...sources, envPrefix });
}

/** For `--help`. */
export function configHelp(): string {
  return [
    "Usage: collector [options]",
    "",
    "Takes the reports of agents, keeps their history, and serves API and dashboard.",
    "",
    optionsHelp(options),
    "",
    `Each option is also an environment variable: --data-dir is ${envPrefix}DATA_DIR. A flag wins.`,
  ].join("\n");
}
