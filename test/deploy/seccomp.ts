/** The default seccomp profile (RuntimeDefault), from the file that Debian's container tools share, for one set of capabilities. */
import { readFileSync } from "node:fs";

interface SharedProfile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly archMap: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] }[];
  readonly syscalls: readonly SharedRule[];
}

interface SharedRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly object[] | null;
  readonly errnoRet?: number | null;
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

interface Condition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
}

/** Where the package golang-github-containers-common has it. */
export const seccompFile = "/usr/share/containers/seccomp.json";

const ours = {
  x64: { name: "amd64", architecture: "SCMP_ARCH_X86_64" },
  arm64: { name: "arm64", architecture: "SCMP_ARCH_AARCH64" },
};

/** As linux.seccomp of a runtime specification. */
export function defaultSeccomp(capabilities: readonly string[]): object {
  const profile = JSON.parse(readFileSync(seccompFile, "utf8")) as SharedProfile; // a file of Debian's, of a form that podman documents
  const { name, architecture } = ours[process.arch === "arm64" ? "arm64" : "x64"];
  const isMet = ({ caps, arches }: Condition = {}): boolean =>
    (caps === undefined || caps.every((cap) => capabilities.includes(cap))) && (arches === undefined || arches.includes(name));
  const isNamed = ({ caps = [], arches = [] }: Condition = {}): boolean =>
    caps.some((cap) => capabilities.includes(cap)) || arches.includes(name);
  const map = profile.archMap.find((entry) => entry.architecture === architecture);
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    architectures: [architecture, ...(map?.subArchitectures ?? [])],
    syscalls: profile.syscalls
      .filter((rule) => isMet(rule.includes) && !isNamed(rule.excludes))
      .map(({ names, action, args, errnoRet }) => ({
        ...{ names, action },
        ...((args ?? []).length === 0 ? {} : { args }),
        ...(typeof errnoRet === "number" ? { errnoRet } : {}),
      })),
  };
}
