/** An Ollama server of the policy, on a machine without an agent. Pure. */
import type { RoutedServer } from "../policy/policy.ts";
import type { Backend, Reach, Role, RoleWord } from "./backend.ts";
import type { NodeBackendInput } from "./backend-of-node.ts";
import { factsOfOllama, type OllamaWord } from "./facts-of-ollama.ts";

/** By what it answers itself. Its GPUs are not known, and so not whether a model fits. */
export function backendOfServer(
  { name, url, roles }: RoutedServer,
  {
    reach,
    word,
    reservation,
  }: Pick<NodeBackendInput, "reservation"> & { readonly reach: Reach; readonly word: OllamaWord | undefined },
): Backend {
  const wordOf = (role: Role): RoleWord =>
    roles.includes(role)
      ? { word: "yes", because: "the policy names it" }
      : { word: "no", because: "the policy names it for other requests" };
  return {
    ...{ name, url, reach },
    witness: word === undefined ? "nobody" : "ollama",
    isStale: false,
    facts: word === undefined ? { subjects: [], lists: [] } : factsOfOllama(word),
    gpus: [],
    roles: { generation: wordOf("generation"), embeddings: wordOf("embeddings") },
    ...(reservation === undefined ? {} : { reservation }),
  };
}
