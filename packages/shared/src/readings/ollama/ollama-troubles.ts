/** What is wrong with Ollama: models that fell back to the CPU, a server that does not run or that nobody reaches. */
import { booleanField, textField } from "../fields.ts";
import type { MachineFacts } from "../gpu/gpu-users.ts";
import { presentSubjects } from "../subjects.ts";
import type { Trouble } from "../trouble.ts";
import { placements } from "./placement.ts";

/** Of the server and of every loaded model. */
export function ollamaTroubles(facts: MachineFacts): readonly Trouble[] {
  const fallen = placements(facts).filter(({ placement }) => placement === "cpu-fallback");
  const [server] = presentSubjects(facts.subjects, "ollama_server");
  const unit = server === undefined ? "" : textField(server, "unit");
  const isMeant = server !== undefined && unit !== "" && booleanField(server, "isEnabled") !== false;
  const isStopped = isMeant && booleanField(server, "isRunning") === false;
  const isOutdated = server !== undefined && booleanField(server, "isRestartNeeded") === true;
  const isLoopbackOnly = facts.subjects.some(
    ({ kind, outcome, failure }) =>
      kind === "ollama_endpoint" && outcome === "failed" && failure?.code === "OLLAMA_LOOPBACK_ONLY",
  );
  return [
    ...fallen.map(({ model, text }) => ({ level: "medium" as const, place: model, text })),
    ...(isStopped ? [{ level: "medium" as const, place: "Ollama", text: `${unit} is installed and does not run` }] : []),
    ...(isLoopbackOnly
      ? [{ level: "low" as const, place: "Ollama", text: "no other machine reaches it: it listens on loopback" }]
      : []),
    ...(isOutdated ? [{ level: "low" as const, place: "Ollama", text: "changed settings wait for its restart" }] : []),
  ];
}
