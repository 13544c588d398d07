/** Checks who speaks. Pure. Unlike an observation, a Hello with a broken part is refused: nothing could be filed under it. */
import { status } from "@grpc/grpc-js";
import type { Hello, ProbeDescription } from "@nodekeeper/proto";
import { isNodeName, wireVersion } from "@nodekeeper/shared";
import { isPrintable } from "./check.ts";
import { probePattern } from "./validate.ts";

/** What a check of a Hello ends with. */
export type ValidatedHello =
  | { readonly kind: "accepted"; readonly hello: Hello }
  | { readonly kind: "refused"; readonly code: status; readonly details: string };

const epochPattern = /^[A-Za-z0-9._-]{1,64}$/;
const identityPattern = /^[A-Za-z0-9-]{0,64}$/;
const maximumProbes = 64;
const maximumCapabilities = 64;

/** The Hello with only the probes and capabilities that can be understood, or why it is refused. */
export function validateHello(sent: Hello): ValidatedHello {
  if (sent.wireVersion !== wireVersion) {
    const details = `this collector speaks wire version ${wireVersion}, the agent speaks ${sent.wireVersion}; bring both to the same release`;
    return { kind: "refused", code: status.UNIMPLEMENTED, details };
  }
  const problem = problemOf(sent);
  if (problem !== undefined) return { kind: "refused", code: status.INVALID_ARGUMENT, details: `hello: ${problem}` };
  return {
    kind: "accepted",
    hello: {
      ...sent,
      probes: sent.probes.filter(isProbeValid).slice(0, maximumProbes),
      capabilities: sent.capabilities.filter((name) => isPrintable(name, 64)).slice(0, maximumCapabilities),
    },
  };
}

function problemOf(hello: Hello): string | undefined {
  if (!isNodeName(hello.nodeName)) return "node_name must be 1 to 253 letters, digits, dots, dashes and underscores";
  if (!epochPattern.test(hello.epoch)) return "epoch must be 1 to 64 letters, digits, dots, dashes and underscores";
  if (!identityPattern.test(hello.machineId)) return "machine_id must be at most 64 letters, digits and dashes";
  if (!identityPattern.test(hello.bootId)) return "boot_id must be at most 64 letters, digits and dashes";
  if (!isPrintable(hello.agentVersion, 64)) return "agent_version must be printable and at most 64 bytes";
  return undefined;
}

function isProbeValid(probe: ProbeDescription): boolean {
  return probePattern.test(probe.name);
}
