/** The policy that is in force where nobody wrote one. It is read like every other, and `nodekeeper policy default` prints it as a beginning. */
import { AppError } from "@nodekeeper/shared";
import type { Policy } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";

/** Its text. */
export const builtInPolicyText: string = `# The policy that is built into nodekeeper: what is written on the nodes of a cluster where nobody says otherwise.
# Copy it, keep what you want, and give it with --policy FILE. docs/policy.md says what each fact is, and how to try a policy on your machines.
version: 1

# Every key that nodekeeper writes begins with it.
domain: nodekeeper.axiomlayer.com

# What is done with each class of actions. describe says what is: labels, conditions, events. restrict takes something away: a label goes or changes,
# a taint comes. move moves data or work. Nothing at all is written before the first plan was approved (nodekeeper plan, nodekeeper apply).
modes:
  describe: enforce
  restrict: plan
  move: plan

# How long a change must hold before it is acted upon. What a device declares itself does not wait.
dwell:
  change: 60s
  remove: 15m

# Only what a scheduler can use. Each value is an expression of CEL over the facts of the node; null: the label is not to be there. An expression
# that reads a fact which is not fresh and complete is not decided, and its label stays as it is.
labels:
  # What the system disk is: nvme, ssd, hdd, sd.
  storage-class: 'system_disk.type in ["nvme", "ssd", "hdd", "sd"] ? system_disk.type : null'

  # The largest GPU with memory of its own.
  gpu.product: >-
    gpus.exists(g, !g.is_integrated)
    ? gpus.filter(g, !g.is_integrated && gpus.all(o, o.is_integrated || o.id == g.id || o.memory_gib <= g.memory_gib))[0].product
    : null
  gpu.memory-gib: >-
    gpus.exists(g, !g.is_integrated)
    ? gpus.filter(g, !g.is_integrated && gpus.all(o, o.is_integrated || o.id == g.id || o.memory_gib <= g.memory_gib))[0].memory_gib
    : null

  # A board that is known by its name, e.g. raspberry-pi-5.
  board: 'machine.board != "" ? machine.board : null'

  # Embeddings fit into little memory; what answers in sentences begins with 8 GiB.
  ollama-role: >-
    ollama.is_installed && gpus.exists(g, !g.is_integrated)
    ? (gpus.exists(g, !g.is_integrated && g.memory_gib >= 8) ? "generation" : "embeddings")
    : null

  # Where backups go out is what only its owner knows: it is told by name. Put yours here.
  backup-gateway: 'name == "neko" ? true : null'

  # A disk of the machine declares that it fails. What one of them cannot tell hides no other.
  disk-failing: 'disks.exists(d, d.health == "failing") ? true : null'

taints: []

conditions: [DiskHealthy, TailnetConnected, GPUHealthy, StoragePrerequisites]

# What is written on the nodes of Longhorn, where there is one. A tag is there while its expression is true.
storage:
  # What a disk is: \`disk\` is each physical disk behind a disk of Longhorn, and a tag must hold for all of them. How healthy it is, is no tag.
  diskTags:
    nvme: disk.type == "nvme"
    ssd: disk.type == "ssd"
    hdd: disk.type == "hdd"
    # NVMe on four lanes of PCIe 3 at least: one on a single lane, as of a Raspberry Pi, never is.
    fast: disk.is_fast

  # What a node is. edge: a board that is known by its name; core: all others.
  nodeTags:
    core: machine.board == ""
    edge: machine.board != ""

  # Folders that become the disks of a new node, where Longhorn waits to be told (its setting create-default-disk-labeled-nodes).
  defaultDisks: []

# What a machine must have to be ready.
onboarding:
  # Steps that no machine needs: inventory, preflight, labelled, disks-tagged, routed.
  skip: []
  # Where Longhorn is installed, all Nodes of the cluster are to be nodes of it; an expression tells which, else.
  # longhorn: machine.memory_gib >= 8

# Where backups are looked for: names as NAMESPACE/NAME. Those of Longhorn's volumes are seen by themselves.
backups:
  cronJobs: []
  deployments: []
  maximumAge: 26h

# Which Ollama servers take which requests. Embeddings go only to servers with the same digest of the model: others could not be compared.
routing:
  # What answers in sentences begins with 8 GiB; a smaller card is for embeddings.
  generation: ollama.is_installed && gpus.exists(g, !g.is_integrated && g.memory_gib >= 8)
  embeddings: ollama.is_installed && gpus.exists(g, !g.is_integrated)
  # Servers on machines without an agent: { name: studio, url: "http://10.0.0.9:11434", roles: [generation] }
  servers: []
`;

/** The policy. */
export const builtInPolicy: Policy = read();

function read(): Policy {
  const result = readPolicy(builtInPolicyText, { source: "built in", builtIn: undefined });
  if (result.kind === "good") return result.policy;
  throw new AppError("INTERNAL", `the built-in policy is wrong: ${result.problems.join("; ")}`);
}
