/** States of nodes for tests, made the way that they come about: by events. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Hello, HelloSchema, type Observation } from "@nodekeeper/proto";
import type { NodeState } from "../state/node-state.ts";
import { reduce } from "../state/reduce.ts";

/** When tests begin, by the collector's clock. */
export const startMs: number = Date.UTC(2026, 10, 22, 12, 0, 0);

/** A Hello of node "neko". */
export function hello(overrides: MessageInitShape<typeof HelloSchema> = {}): Hello {
  return create(HelloSchema, {
    wireVersion: 1,
    agentVersion: "0.1.0",
    nodeName: "neko",
    machineId: "11111111111111111111111111111111",
    bootId: "22222222-2222-2222-2222-222222222222",
    epoch: "epoch-1",
    probes: [{ name: "disks", intervalMs: 60_000, minimumIntervalMs: 1_000, maximumIntervalMs: 3_600_000 }],
    ...overrides,
  });
}

/** Node "neko" as it is just after it connected. */
export function connectedNode(atMs: number = startMs, overrides: MessageInitShape<typeof HelloSchema> = {}): NodeState {
  return must(reduce(undefined, { kind: "connected", node: overrides.nodeName ?? "neko", hello: hello(overrides), atMs }));
}

/** The node after an observation that was made and heard at a time. */
export function observed(node: NodeState, observation: Observation, atMs: number = startMs): NodeState {
  const event = { node: node.name, epoch: node.epoch, observation, observedAtMs: atMs, receivedAtMs: atMs };
  const heard = must(reduce(node, { kind: "contact", node: node.name, clockSkewMs: 0, losses: [], atMs }));
  return must(reduce(heard, { kind: "observed", ...event }));
}

/** The node, gone. */
export function disconnected(node: NodeState, atMs: number, goodbye: string | undefined): NodeState {
  return must(reduce(node, { kind: "disconnected", node: node.name, epoch: node.epoch, goodbye, atMs }));
}

function must(node: NodeState | undefined): NodeState {
  if (node === undefined) throw new Error("the node is not known");
  return node;
}
