/** The settings by which the collector is reached, and the rule that holds them together: whoever is not on this machine is reached by TLS alone. */
import {
  type Address,
  addressOption,
  collectorServerName,
  defaultAddresses,
  isLoopback,
  listOption,
  type Option,
  optionalOption,
  stringOption,
} from "@nodekeeper/shared";
import { defaultIdentityFile } from "./identity-file.ts";

/** How the collector is reached, and what proves who we are. */
export interface AccessConfig {
  /** As given, in order; empty: as the identity tells, else the default on this machine. */
  readonly collectors: readonly Address[];
  /** Projected token of a ServiceAccount; undefined: none. */
  readonly tokenFile: string | undefined;
  /** Certificates of authorities in PEM, beside those that the collector told; undefined: none. */
  readonly caFile: string | undefined;
  /** What this machine was enrolled with; it may not be there (yet). */
  readonly identityFile: string;
  /** The name that the collector's certificate bears. */
  readonly serverName: string;
}

/** The options of access. */
export interface AccessOptions {
  readonly collector: Option<readonly Address[]>;
  readonly tokenFile: Option<string | undefined>;
  readonly caFile: Option<string | undefined>;
  readonly identityFile: Option<string | undefined>;
  readonly serverName: Option<string>;
}

/** Flags and variables. */
export const accessOptions: AccessOptions = {
  collector: listOption(
    addressOption({ description: `the collector; several are tried in order (default: ${defaultAddresses.collectorGrpc})` }),
  ),
  tokenFile: fileOption("token of the pod's ServiceAccount, which proves who we are in a cluster"),
  caFile: fileOption("certificates of the authority that signs the collector's, in PEM; read again when it changes"),
  identityFile: fileOption("what `nodekeeper enroll` brought: it proves who we are outside a cluster", defaultIdentityFile),
  serverName: stringOption({
    description: "the name that the collector's certificate bears, by whatever address it is dialled",
    placeholder: "NAME",
    default: collectorServerName,
  }),
};

/** What was given for them. */
export interface AccessValues {
  readonly collector: readonly Address[];
  readonly tokenFile: string | undefined;
  readonly caFile: string | undefined;
  readonly identityFile: string | undefined;
  readonly serverName: string;
}

/** Puts them together, once nothing contradicts itself. */
export function accessConfig({ collector: collectors, tokenFile, caFile, identityFile, serverName }: AccessValues): AccessConfig {
  return { collectors, tokenFile, caFile, identityFile: identityFile ?? defaultIdentityFile, serverName };
}

/** What they say against each other, in words. `hasFile` says whether a file is there. */
export function accessContradictions(values: Partial<AccessValues>, hasFile: (path: string) => boolean): readonly string[] {
  const { collector: collectors = [], tokenFile, caFile } = values;
  const identityFile = values.identityFile ?? defaultIdentityFile;
  const problems: string[] = [];
  if (tokenFile !== undefined) {
    if (values.identityFile !== undefined) problems.push("--token-file and --identity-file: give the one that proves who we are");
    if (caFile === undefined)
      problems.push("--token-file needs --ca-file: without it we cannot know that it is the collector whom we show the token");
    if (collectors.length === 0) problems.push("--token-file needs --collector: where in the cluster is it?");
  } else if (!hasFile(identityFile)) {
    for (const { host, port } of collectors.filter((address) => !isLoopback(address.host))) {
      problems.push(
        `--collector ${host}:${port} is not on this machine, and nothing proves who we are: enroll with ` +
          `\`nodekeeper enroll ${host}:${port} --token …\` (no ${identityFile} yet), or in a cluster give --token-file and --ca-file`,
      );
    }
    if (caFile !== undefined) problems.push(`--ca-file is of --token-file or of an identity, and there is no ${identityFile}`);
  }
  return problems;
}

function fileOption(description: string, fallbackText = "none"): Option<string | undefined> {
  return optionalOption(stringOption({ description, placeholder: "FILE" }), fallbackText);
}
