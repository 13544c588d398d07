/** A node's Ollama as routing sees it. Pure. Undefined where the node has none. */
import { gpuStates, type MachineFacts, presentSubjects } from "@nodekeeper/shared/readings";
import { gpuKinds, machineFacts } from "../state/machine-facts.ts";
import type { NodeView } from "../state/node-view.ts";
import type { Backend, Reach, Role, RoleWord } from "./backend.ts";
import { factsOfOllama, type OllamaWord } from "./facts-of-ollama.ts";
import { serverUrl } from "./server-url.ts";

/** What is known of it besides what its agent says. */
export interface NodeBackendInput {
  readonly view: NodeView;
  /** InternalIPs of its Node; empty where it is none. */
  readonly clusterAddresses: readonly string[];
  readonly roles: Readonly<Record<Role, RoleWord>>;
  reachOf(url: string): Reach;
  wordOf(url: string): OllamaWord | undefined;
  readonly reservation: Backend["reservation"] | undefined;
  readonly slowedSinceMs: number | undefined;
}

const ollamaKinds = ["ollama_server", "ollama_endpoint", "ollama_model", "ollama_loaded_model"];
const kinds: ReadonlySet<string> = new Set([...gpuKinds, ...ollamaKinds, "tailscale", "network_interface"]);

/** Makes it. */
export function backendOfNode(input: NodeBackendInput): Backend | undefined {
  const { view, reservation, slowedSinceMs, roles } = input;
  const told = machineFacts(view, kinds);
  const [server] = presentSubjects(told.subjects, "ollama_server");
  if (server === undefined) return undefined;
  const url = serverUrl(told, input.clusterAddresses);
  const isStale = server.freshness !== "fresh";
  const word = isStale && url !== undefined ? input.wordOf(url) : undefined;
  const facts = word === undefined ? told : inPlaceOf(told, factsOfOllama(word));
  return {
    name: view.node.name,
    ...(url === undefined ? {} : { url }),
    reach: url === undefined ? { kind: "unknown", problem: "nobody said where it is" } : input.reachOf(url),
    witness: word === undefined ? "agent" : "ollama",
    isStale,
    facts,
    gpus: gpuStates(told, view.nowMs),
    roles,
    ...(reservation === undefined ? {} : { reservation }),
    ...(slowedSinceMs === undefined ? {} : { slowedSinceMs }),
  };
}

/** What Ollama says now takes the place of what the agent said of it long ago; of GPUs the agent alone speaks, and its word is old. */
function inPlaceOf(told: MachineFacts, said: MachineFacts): MachineFacts {
  const isTold = ({ kind }: { readonly kind: string }): boolean =>
    !said.lists.some((list) => list.kind === kind) && kind !== "ollama_server";
  return {
    subjects: [...told.subjects.filter(isTold), ...said.subjects],
    lists: [...told.lists.filter(isTold), ...said.lists],
  };
}
