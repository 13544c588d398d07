/** What changes the state: facts that ingest has validated, and what happens to streams. `reduce` is the only one that reads them. */
import type { Hello, Loss, Observation } from "@nodekeeper/proto";
import type { Intrusion } from "./intrusion.ts";
import type { NodeInventory } from "./node-inventory.ts";
import type { NodeProof } from "./node-proof.ts";

/** A validated observation, placed on the collector's clock. Its facts are whole: Unchanged has been resolved or needs none. */
export interface ObservedEvent {
  readonly kind: "observed";
  readonly node: string;
  readonly epoch: string;
  readonly observation: Observation;
  readonly observedAtMs: number;
  readonly receivedAtMs: number;
}

/** An agent's stream opened. */
export interface ConnectedEvent {
  readonly kind: "connected";
  readonly node: string;
  readonly hello: Hello;
  /** Not there: unproven. */
  readonly proof?: NodeProof;
  readonly atMs: number;
}

/** What the agent on the open stream proves is more than before. */
export interface ProvenEvent {
  readonly kind: "proven";
  readonly node: string;
  readonly proof: NodeProof;
}

/** Somebody tried to speak in the node's name, so often since it was last said. */
export interface IntrudedEvent {
  readonly kind: "intruded";
  readonly node: string;
  readonly intrusion: Intrusion;
  readonly count: number;
  readonly atMs: number;
}

/** An agent's stream closed. */
export interface DisconnectedEvent {
  readonly kind: "disconnected";
  readonly node: string;
  readonly epoch: string;
  /** Reason of its Goodbye in lower case (shutdown, reboot …); undefined when it just went. */
  readonly goodbye: string | undefined;
  readonly atMs: number;
}

/** A report came, whatever was in it. */
export interface ContactEvent {
  readonly kind: "contact";
  readonly node: string;
  /** The node's wall clock minus ours; undefined when the report did not say its time. */
  readonly clockSkewMs: number | undefined;
  readonly losses: readonly Loss[];
  readonly atMs: number;
}

/** Stock was taken of a node's equipment (inventory/stock-taker.ts). */
export interface InventoriedEvent {
  readonly kind: "inventoried";
  readonly node: string;
  readonly inventory: NodeInventory;
}

/** Somebody said that the node will not come back. One that is connected stays. */
export interface RetiredEvent {
  readonly kind: "retired";
  readonly node: string;
}

/** All of them. */
export type StateEvent =
  | ObservedEvent
  | ConnectedEvent
  | DisconnectedEvent
  | ContactEvent
  | InventoriedEvent
  | ProvenEvent
  | IntrudedEvent
  | RetiredEvent;
