/** The service itself: its process, its unit, and the settings of both. */
import { create, equals } from "@bufbuild/protobuf";
import { type OllamaSettings, OllamaSettingsSchema } from "@nodekeeper/proto";
import { AppError } from "@nodekeeper/shared";
import { okSubject } from "../../../payload.ts";
import { at, textOf } from "../document-values.ts";
import { endpointText } from "../network/listening-sockets.ts";
import type { Section } from "../section.ts";
import { parseExactJson } from "../smart/exact-json.ts";
import type { Answer } from "./ask-server.ts";
import type { RawServer } from "./raw-ollama.ts";
import { processVariables, serverSettings } from "./server-settings.ts";
import { type RawServerUnit, unitVariables } from "./server-unit.ts";

/** A server that runs, started by a unit or not. */
export function runningServer(raw: RawServer, unit: RawServerUnit | undefined): Section {
  const { owner, before, environment, listening, answers } = raw;
  const ofProcess = before?.settingsSource === "process" ? before.settings : settingsIn(environment);
  const ofUnit = unit === undefined ? undefined : unitSettings(unit);
  return {
    subject: okSubject("ollama_server", "", {
      version: answers === undefined ? "" : versionIn(answers.version),
      isRunning: true,
      owner,
      unit: startingUnit(raw) ?? "",
      listening: listening instanceof AppError ? [] : listening.listeners.map(endpointText).slice(0, maximumListeners),
      settings: ofProcess ?? ofUnit?.settings,
      settingsSource: ofProcess !== undefined ? "process" : ofUnit !== undefined ? "unit" : "",
      isRestartNeeded:
        ofProcess !== undefined && ofUnit?.isCertain === true
          ? !equals(OllamaSettingsSchema, ofProcess, ofUnit.settings)
          : undefined,
    }),
    samples: [],
  };
}

/** A unit whose process does not run, or where that cannot be seen. */
export function idleServer(unit: RawServerUnit, isRunning: false | undefined, isEnabled: boolean | undefined): Section {
  const value = { unit: unit.name, isRunning, isEnabled, settings: unitSettings(unit).settings, settingsSource: "unit" };
  return { subject: okSubject("ollama_server", "", value), samples: [] };
}

/** The unit that started a process; undefined where none did: containers and people's sessions are no unit of it. */
export function startingUnit({ owner }: Pick<RawServer, "owner">): string | undefined {
  const { unit, containerId } = owner;
  return containerId === "" && /^(?!user@)[\w@.:\\-]+\.service$/.test(unit) ? unit : undefined;
}

/** What a unit would set. */
export function unitSettings(unit: RawServerUnit): { readonly settings: OllamaSettings; readonly isCertain: boolean } {
  const { variables, isCertain } = unitVariables(unit);
  return { settings: create(OllamaSettingsSchema, serverSettings(variables)), isCertain };
}

const maximumListeners = 16;

function settingsIn(environment: RawServer["environment"]): OllamaSettings | undefined {
  if (environment?.outcome !== "ok") return undefined;
  return create(OllamaSettingsSchema, serverSettings(processVariables(environment.value)));
}

/** Empty where the answer was none. */
function versionIn(answer: Answer): string {
  if (answer instanceof AppError || answer.status !== 200) return "";
  try {
    return textOf(at(parseExactJson(answer.text, "the version of Ollama"), "version"), 64);
  } catch {
    return ""; // its other answers say what is wrong with it
  }
}
