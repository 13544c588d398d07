/** Where Ollama is installed and a GPU is there: others reach it, and it has models. */
import { shellWord } from "@nodekeeper/shared";
import { toldSubject, toldSubjects } from "../../policy/facts/heard-probe.ts";
import { hear, type Machine } from "../machine.ts";
import { evidenceOf, places, type Step, type Verdict } from "../step.ts";

const shownModels = 12;

export const routed: Step = { name: "routed", isSkippable: true, judge };

function judge(machine: Machine): Verdict {
  const ollama = hear(machine, "ollama");
  if (machine.node?.runningProbes?.includes("ollama") === false || ollama.kind === "absent")
    return { kind: "not-needed", text: "Ollama is not installed on it" };
  if (ollama.kind === "unheard") return { kind: "waiting", text: ollama.reason, probes: ["ollama"] };
  const server = toldSubject(ollama.probe, "ollama_server");
  if (server === undefined || server.isAbsent) return { kind: "not-needed", text: "Ollama is not installed on it" };
  const gpu = hear(machine, "gpu");
  if (gpu.kind === "unheard" && machine.node?.runningProbes?.includes("gpu") !== false)
    return { kind: "waiting", text: gpu.reason, probes: ["gpu"] };
  const gpus = gpu.kind === "heard" ? toldSubjects(gpu.probe, "gpu").filter(({ isAbsent }) => !isAbsent) : [];
  if (gpus.length === 0) return { kind: "not-needed", text: "it has no GPU" };
  const value = server.value?.case === "ollamaServer" ? server.value.value : undefined;
  if (value === undefined)
    return {
      kind: "waiting",
      text: `Ollama cannot be read: ${server.failure?.message ?? "it does not say why"}`,
      probes: ["ollama"],
    };
  if (value.isRunning === false) {
    if (value.isEnabled === false)
      return { kind: "not-needed", text: "Ollama is not started at boot: whoever wants it starts it" };
    const command = `systemctl start ${/ollama/.test(value.unit) ? shellWord(value.unit) : "ollama"}`;
    return {
      kind: "blocked",
      obstacles: [
        {
          code: "ollama-not-running",
          text: "Ollama is installed and does not run",
          command,
          on: places.node,
          probes: ["ollama"],
        },
      ],
    };
  }
  const endpoint = toldSubject(ollama.probe, "ollama_endpoint");
  const addresses = endpoint?.value?.case === "ollamaEndpoint" ? endpoint.value.value.addresses : undefined;
  if (addresses === undefined) return unreachable(endpoint?.failure?.message);
  const models = toldSubjects(ollama.probe, "ollama_model").filter(({ isAbsent }) => !isAbsent);
  return {
    kind: "passed",
    text: `others reach its Ollama, which has ${models.length === 1 ? "1 model" : `${models.length} models`}`,
    evidence: evidenceOf({
      addresses: addresses.join(", "),
      models: models
        .map(({ id }) => id)
        .slice(0, shownModels)
        .join(", "),
      version: value.version,
      GPUs: gpus.length,
    }),
  };
}

function unreachable(message: string | undefined): Verdict {
  return {
    kind: "blocked",
    obstacles: [
      {
        code: "ollama-unreachable",
        text: `other machines do not reach its Ollama: ${message ?? "it listens nowhere that they could"}`,
        command: String.raw`mkdir -p /etc/systemd/system/ollama.service.d && printf '[Service]\nEnvironment=OLLAMA_HOST=0.0.0.0\n' > /etc/systemd/system/ollama.service.d/host.conf && systemctl daemon-reload && systemctl restart ollama`,
        on: places.node,
        probes: ["ollama"],
      },
    ],
  };
}
