/** The list of this folder. A test holds the two together. */
import type { Command } from "../command.ts";
import { capture } from "./capture.ts";
import { changes } from "./changes.ts";
import { doctor } from "./doctor.ts";
import { findings } from "./findings.ts";
import { node } from "./node.ts";
import { nodes } from "./nodes.ts";

/** Every command, in the order in which `--help` shows them. */
export const commands: readonly Command[] = [doctor, nodes, node, findings, changes, capture];
