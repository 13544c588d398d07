/** The check of every kind of subject. A kind that is new on the wire is a type error here until it has one. */
import { type Subject, SubjectSchema } from "@nodekeeper/proto";
import { type Check, message } from "../check.ts";
import { agentProcess } from "./agent.ts";
import { blockDevice, filesystem, longhornDisk, storagePool } from "./disk.ts";
import { gpu, gpuProcess, gpuStatus } from "./gpu.ts";
import { kernelFault, kernelLog } from "./kernel-log.ts";
import { containerRuntime, k3s, longhornCheck, longhornPath } from "./kubernetes.ts";
import { networkInterface, overlayNetwork, routing } from "./network.ts";
import { ollamaEndpoint, ollamaLoadedModel, ollamaModel, ollamaServer } from "./ollama.ts";
import { raspberryPi } from "./raspberry-pi.ts";
import { sensor } from "./sensor.ts";
import { diskHealth } from "./smart.ts";
import { battery, board, bootHistory, cpu, memory, operatingSystem, pressure, timeSync } from "./system.ts";
import { tailscale, tailscalePeer } from "./tailscale.ts";

/** Name of the field that holds the value of a kind. */
export type ValueCase = NonNullable<Subject["value"]["case"]>;

/** The value of a subject whose outcome is OK. */
export type SubjectValue = Extract<Subject["value"], { readonly case: ValueCase }>["value"];

type ValueChecks = { readonly [Case in ValueCase]: Check<Extract<Subject["value"], { readonly case: Case }>["value"]> };

/** By the field that holds the value. */
export const valueChecks: ValueChecks = {
  operatingSystem: message(operatingSystem),
  board: message(board),
  cpu: message(cpu),
  memory: message(memory),
  pressure: message(pressure),
  timeSync: message(timeSync),
  battery: message(battery),
  blockDevice: message(blockDevice),
  filesystem: message(filesystem),
  diskHealth: message(diskHealth),
  networkInterface: message(networkInterface),
  routing: message(routing),
  sensor,
  agentProcess: message(agentProcess),
  storagePool: message(storagePool),
  longhornDisk: message(longhornDisk),
  kernelLog: message(kernelLog),
  kernelFault: message(kernelFault),
  bootHistory: message(bootHistory),
  overlayNetwork: message(overlayNetwork),
  gpu: message(gpu),
  gpuStatus: message(gpuStatus),
  gpuProcess: message(gpuProcess),
  ollamaServer: message(ollamaServer),
  ollamaEndpoint: message(ollamaEndpoint),
  ollamaModel: message(ollamaModel),
  ollamaLoadedModel: message(ollamaLoadedModel),
  tailscale: message(tailscale),
  tailscalePeer: message(tailscalePeer),
  raspberryPi: message(raspberryPi),
  k3s: message(k3s),
  containerRuntime: message(containerRuntime),
  longhornCheck: message(longhornCheck),
  longhornPath: message(longhornPath),
};

/** Every kind on the wire (e.g. block_device) with the field that holds its value (blockDevice). */
export const caseOfKind: ReadonlyMap<string, string> = new Map(
  SubjectSchema.oneofs.flatMap((oneof) => oneof.fields.map((field) => [field.name, field.localName] as const)),
);
