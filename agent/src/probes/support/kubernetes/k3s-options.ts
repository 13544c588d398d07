/**
 * The few options of K3s that we tell, wherever they are said. Sources: command line, config.yaml and config.yaml.d, environment (k3s,
 * pkg/cli/cmds, pkg/configfilearg/parser.go). Tokens stand beside them in all three places: nothing but these options is ever kept, and of the
 * server's address no credentials.
 */
import { isIP } from "node:net";
import { printable } from "../printable.ts";

/** An option once, as it was said. */
export interface K3sOption {
  readonly key: K3sOptionKey;
  readonly value: string;
  /** True for `key+:` of a file, which adds to what the files before said. */
  readonly isAdded?: boolean;
}

/** What they come to. */
export interface K3sOptions {
  /** Empty where it is not configured. */
  readonly nodeName: string;
  /** Without credentials and path; empty where none is configured, or what is configured is no address. */
  readonly server: string;
  readonly dataFolder: string;
  /** Internal ones first. */
  readonly nodeAddresses: readonly string[];
}

const keys = ["node-name", "node-ip", "node-external-ip", "server", "data-dir", "config"] as const;

/** Name of an option that we tell, or that says where others are said. */
export type K3sOptionKey = (typeof keys)[number];

/** Short names on the command line. */
const shortNames: ReadonlyMap<string, K3sOptionKey> = new Map([
  ["s", "server"],
  ["d", "data-dir"],
  ["c", "config"],
]);

const variables: ReadonlyMap<string, K3sOptionKey> = new Map([
  ["K3S_NODE_NAME", "node-name"],
  ["K3S_URL", "server"],
  ["K3S_DATA_DIR", "data-dir"],
  ["K3S_CONFIG_FILE", "config"],
]);

/** The folder without configuration. */
export const defaultDataFolder = "/var/lib/rancher/k3s";
const maximumAddresses = 8;

/** True for the variables that say one of the options. */
export function isK3sVariable(name: string): boolean {
  return variables.has(name);
}

/** The option of that name, on the command line or in a file. */
export function k3sOptionKey(name: string): K3sOptionKey | undefined {
  return keys.find((key) => key === name) ?? shortNames.get(name);
}

/** Options of the environment. */
export function environmentOptions(environment: ReadonlyMap<string, string>): readonly K3sOption[] {
  return [...environment].flatMap(([name, value]) => {
    const key = variables.get(name);
    return key === undefined || value === "" ? [] : [{ key, value }];
  });
}

/** Options of a command line: `--key=value`, `--key value`, `-k value`. */
export function commandOptions(words: readonly string[]): readonly K3sOption[] {
  const found: K3sOption[] = [];
  const rest = words.slice(1).values(); // the first is the program
  for (const word of rest) {
    const [, name = "", value] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const key = k3sOptionKey(name);
    if (key !== undefined) found.push({ key, value: value ?? rest.next().value ?? "" });
  }
  return found;
}

/** The command line with no other options: program, command, and options without credentials. */
export function keepCommand(words: readonly string[]): readonly string[] {
  const [program = "", command = ""] = words;
  const options = commandOptions(words).map(({ key, value }) => `--${key}=${keepValue(key, value)}`);
  return [program, ...(/^[a-z]+$/.test(command) ? [command] : []), ...options];
}

/** A value as it may be kept: an address of a server without who may use it. */
export function keepValue(key: K3sOptionKey, value: string): string {
  return key === "server" ? serverAddress(value) : withoutCredentials(value);
}

/** A text of which the options themselves are kept, without who may use the address in it. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/:\/\/[^\s/?#"']*@/g, "://");
}

/**
 * All of them together. One that is said once: the command line wins over files, later files over earlier ones, files over the environment.
 * Lists: files replace each other except by `+`, and the command line adds to them.
 */
export function mergeOptions(parts: {
  readonly environment: readonly K3sOption[];
  /** config.yaml first. */
  readonly files: readonly (readonly K3sOption[])[];
  readonly command: readonly K3sOption[];
}): K3sOptions {
  const { environment, files, command } = parts;
  const all = [environment, ...files, command];
  const single = (key: K3sOptionKey): string => {
    const last = all.flat().findLast((option) => option.key === key);
    return last === undefined ? "" : printable(keepValue(key, last.value.trim()));
  };
  const list = (key: K3sOptionKey): readonly string[] => {
    let values: readonly string[] = [];
    for (const file of files) {
      const own = file.filter((option) => option.key === key);
      if (own.length > 0) values = [...(own[0]?.isAdded === true ? values : []), ...own.map(({ value }) => value)];
    }
    return [...values, ...command.filter((option) => option.key === key).map(({ value }) => value)];
  };
  const addresses = [...list("node-ip"), ...list("node-external-ip")].flatMap((value) => value.split(","));
  return {
    nodeName: single("node-name"),
    server: single("server"),
    dataFolder: /^\//.test(single("data-dir")) ? single("data-dir").replace(/(.)\/+$/, "$1") : defaultDataFolder,
    nodeAddresses: [...new Set(addresses.map((each) => each.trim()).filter((each) => isIP(each) !== 0))].slice(
      0,
      maximumAddresses,
    ),
  };
}

/** Scheme, host and port; empty where it is no address of a web server. */
function serverAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" || url?.protocol === "http:" ? `${url.protocol}//${url.host}` : "";
}
