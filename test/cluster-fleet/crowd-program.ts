/**
 * A program: the agents of many machines, over real TLS with a credential each. Its orders come by IPC, and what it saw goes back the same way; see
 * crowd.ts. Between orders every agent reports all its probes again and again, as agents do.
 */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ConnectRequestSchema,
  ConnectResponseSchema,
  FactsSchema,
  type Observation,
  ObservationSchema,
  Outcome,
} from "@nodekeeper/proto";
import { version, wireVersion } from "@nodekeeper/shared";
import { createDialler, type Dialled } from "../bench/fleet/dial.ts";
import { readFrames } from "../bench/fleet/read-frames.ts";
import type { EnrolledMachine } from "../support/prepared-vault.ts";
import { type Equipment, probes } from "./machine-facts.ts";

/** An order. */
export type CrowdOrder =
  | {
      readonly kind: "start";
      readonly address: string;
      /** PEM. */
      readonly authorities: string;
      readonly machines: readonly (EnrolledMachine & { readonly equipment: Equipment })[];
    }
  /** Their equipment is another from now on; answered when the collector has acknowledged the first report that says so. */
  | { readonly kind: "equip"; readonly nodes: readonly string[]; readonly change: Partial<Equipment> }
  /** Their agents are replaced by new ones, which know nothing of the old ones' spool. */
  | { readonly kind: "restart"; readonly nodes: readonly string[] }
  | { readonly kind: "count" };

/** What an order came to. */
export interface CrowdAnswer {
  /** Agents that are connected and greeted. */
  readonly greeted: number;
  /** When each of `equip` was acknowledged, ms since 1970. */
  readonly acknowledgedAtMs: Readonly<Record<string, number>>;
  /** Of agents that the collector sent away, a few. */
  readonly reasons: readonly string[];
}

const intervalMs = 15_000;
const redialMs = 500;

interface CrowdAgent {
  readonly node: string;
  equip(change: Partial<Equipment>): Promise<number>;
  restart(): void;
  isGreeted(): boolean;
}

const agents = new Map<string, CrowdAgent>();
const reasons: string[] = [];

process.on("message", (order: CrowdOrder) => void obey(order).then((answer) => process.send?.(answer)));

async function obey(order: CrowdOrder): Promise<CrowdAnswer> {
  const acknowledgedAtMs: Record<string, number> = {};
  switch (order.kind) {
    case "start": {
      const dial = createDialler({ address: order.address, authorities: order.authorities });
      for (const { equipment, ...machine } of order.machines) agents.set(machine.node, startAgent(machine, equipment, dial));
      break;
    }
    case "equip":
      await Promise.all(
        order.nodes.map(async (node) => {
          acknowledgedAtMs[node] = (await agents.get(node)?.equip(order.change)) ?? 0;
        }),
      );
      break;
    case "restart":
      for (const node of order.nodes) agents.get(node)?.restart();
      break;
    case "count":
      break;
  }
  const greeted = [...agents.values()].filter((agent) => agent.isGreeted()).length;
  return { greeted, acknowledgedAtMs, reasons: reasons.splice(0, 5) };
}

function startAgent(machine: EnrolledMachine, given: Equipment, dial: ReturnType<typeof createDialler>): CrowdAgent {
  const { node, machineId, credential } = machine;
  const bootId = randomUUID();
  const bornAtMs = performance.now();
  let equipment = given;
  let epoch = randomUUID();
  let sequence = 0;
  let current: Dialled | undefined;
  let isGreeted = false;
  let awaited: { readonly sequence: number; readonly resolve: (atMs: number) => void } | undefined;

  function send(message: Parameters<typeof create<typeof ConnectRequestSchema>>[1]): void {
    const bytes = toBinary(ConnectRequestSchema, create(ConnectRequestSchema, message));
    const frame = Buffer.alloc(5 + bytes.length);
    frame.writeUInt32BE(bytes.length, 1);
    frame.set(bytes, 5);
    current?.stream.write(frame);
  }

  function report(): void {
    const uptimeMs = 1_000_000n + BigInt(Math.round(performance.now() - bornAtMs));
    const observations = Object.entries(probes).map(([probe, factsOf]): Observation => {
      const facts = factsOf(node, equipment);
      const factsHash = createHash("md5").update(toBinary(FactsSchema, facts)).digest();
      sequence += 1;
      return create(ObservationSchema, {
        ...{ probe, sequence, observedAtUnixMs: BigInt(Date.now()), uptimeMs, intervalMs, durationMs: 1, outcome: Outcome.OK },
        ...{ factsHash, body: { case: "full", value: facts } },
      });
    });
    send({ message: { case: "report", value: { observations, sentAtUnixMs: BigInt(Date.now()), sentUptimeMs: uptimeMs } } });
  }

  function receive(bytes: Uint8Array): void {
    const { message } = fromBinary(ConnectResponseSchema, bytes);
    if (message.case === "helloAck") {
      isGreeted = true;
      report();
    } else if (message.case === "ack") {
      const last = awaited?.sequence;
      if (last === undefined || !message.value.ranges.some((range) => range.first <= last && last <= range.last)) return;
      awaited?.resolve(Date.now());
      awaited = undefined;
    }
  }

  function connect(): void {
    current = dial(credential, (reason) => {
      isGreeted = false;
      reasons.push(`${node}: ${reason}`);
      void sleep(redialMs * (0.5 + Math.random())).then(connect);
    });
    current.stream.on("data", readFrames(receive));
    const described = Object.keys(probes).map((name) => ({
      ...{ name, intervalMs, minimumIntervalMs: intervalMs, maximumIntervalMs: intervalMs },
    }));
    send({
      message: {
        case: "hello",
        value: { wireVersion, agentVersion: version, nodeName: node, machineId, bootId, epoch, probes: described },
      },
    });
  }

  connect();
  setTimeout(() => setInterval(() => isGreeted && report(), intervalMs), Math.random() * intervalMs);
  return {
    node,
    isGreeted: () => isGreeted,
    equip(change) {
      equipment = { ...equipment, ...change };
      return new Promise((resolve) => {
        report();
        awaited = { sequence, resolve };
      });
    },
    restart() {
      epoch = randomUUID();
      sequence = 0;
      current?.destroy();
    },
  };
}
