/** Names of models as Ollama takes them: without a tag it is :latest, without a place it is of Ollama's library, without regard to case (facts of ollama: types/model/name.go). */

/** One form for all that mean the same. */
export function modelKey(name: string): string {
  const lower = name
    .trim()
    .toLowerCase()
    .replace(/^(?:registry\.ollama\.ai\/)?library\//, "");
  const last = lower.slice(lower.lastIndexOf("/") + 1);
  return last.includes(":") ? lower : `${lower}:latest`;
}
