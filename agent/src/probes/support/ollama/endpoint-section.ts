/** Where other machines reach a server, or what to do so that they can. */
import { AppError } from "@nodekeeper/shared";
import { endpointText, isLoopback } from "../network/listening-sockets.ts";
import { type Section, sectionOf } from "../section.ts";
import { outsideListeners } from "./listening.ts";
import type { RawServer } from "./raw-ollama.ts";
import { startingUnit, unitSettings } from "./server-section.ts";
import { hostSetting } from "./server-settings.ts";
import type { RawServerUnit } from "./server-unit.ts";

/** The endpoint of a server that runs. */
export function endpointSection(raw: RawServer, unit: RawServerUnit | undefined): Section {
  return sectionOf("ollama_endpoint", "", () => {
    const trouble = unreachableBecause(raw, unit);
    if (trouble !== undefined) throw trouble;
    const listeners = raw.listening instanceof AppError ? [] : outsideListeners(raw.listening);
    return { value: { addresses: listeners.map(endpointText).slice(0, maximumAddresses) } };
  });
}

/** Why no other machine can reach it; undefined where they can. */
export function unreachableBecause(raw: RawServer, unit: RawServerUnit | undefined): AppError | undefined {
  const { listening } = raw;
  if (listening instanceof AppError) return listening;
  const { listeners, containerAddresses } = listening;
  if (listeners.length === 0) return new AppError("PEER_UNREACHABLE", "Ollama runs, and does not listen yet");
  if (listeners.every(({ address }) => isLoopback(address))) return loopbackOnly(raw, listeners, unit);
  if (containerAddresses?.length === 0) return new AppError("PEER_UNREACHABLE", "Ollama runs in a container without an address");
  return undefined;
}

const maximumAddresses = 16;

function loopbackOnly(
  raw: RawServer,
  listeners: readonly Parameters<typeof endpointText>[0][],
  unit: RawServerUnit | undefined,
): AppError {
  const port = listeners[0]?.port ?? 11_434;
  const setting = `OLLAMA_HOST=0.0.0.0${port === 11_434 ? "" : `:${port}`}`;
  const where = listeners.map(endpointText).join(" and ");
  return new AppError(
    "OLLAMA_LOOPBACK_ONLY",
    `Ollama listens on ${where} only: no other machine can reach it. ${fix(raw, setting, unit)}`,
  );
}

function fix(raw: RawServer, setting: string, unit: RawServerUnit | undefined): string {
  if (raw.owner.containerId !== "") return `Set ${setting} in the environment of its container`;
  const name = startingUnit(raw);
  if (name === undefined) return `Start it with ${setting} in its environment`;
  const planned = unit === undefined ? "" : unitSettings(unit).settings.host;
  if (planned !== "" && !isLoopback(hostSetting(planned).host) && hostSetting(planned).host !== "localhost") {
    return `Its unit says OLLAMA_HOST=${planned} already: systemctl restart ${name}`;
  }
  return `systemctl edit ${name}, add the lines [Service] and Environment="${setting}" (or an address of this machine in the place of 0.0.0.0), then systemctl restart ${name}`;
}
