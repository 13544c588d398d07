/** The steps, in their order. A test holds list and folder together. */
import type { Step } from "../step.ts";
import { connected } from "./connected.ts";
import { disksTagged } from "./disks-tagged.ts";
import { identity } from "./identity.ts";
import { inventory } from "./inventory.ts";
import { labelled } from "./labelled.ts";
import { preflight } from "./preflight.ts";
import { ready } from "./ready.ts";
import { routed } from "./routed.ts";
import { seen } from "./seen.ts";

/** All of them. */
export const steps: readonly Step[] = [seen, connected, identity, inventory, preflight, labelled, disksTagged, routed, ready];
