/** Tailscale, Ollama, K3s and Longhorn as policies speak of them. Pure. */
import { create } from "@bufbuild/protobuf";
import {
  type K3sFacts,
  K3sFactsSchema,
  LonghornCheckLevel,
  type LonghornFacts,
  LonghornFactsSchema,
  type OllamaFacts,
  OllamaFactsSchema,
  type TailnetFacts,
  TailnetFactsSchema,
  type Tailscale,
} from "@nodekeeper/proto";
import type { ProbeState } from "../../state/node-state.ts";
import { toldSubject, toldSubjects } from "./heard-probe.ts";
import { known } from "./known-value.ts";

/** Facts of a group, or why there are none; `gaps` says by field why a list of it is not known. */
export type ReadGroup<Facts> =
  | { readonly facts: Facts; readonly gaps?: Readonly<Record<string, string>> }
  | { readonly reason: string };

/** What is known of a machine that has none. Nobody changes them. */
export const noTailnet: TailnetFacts = create(TailnetFactsSchema, { isOnline: false, name: "", address: "" });
export const noOllama: OllamaFacts = create(OllamaFactsSchema, { version: "", isRunning: false, isReachable: false });
export const noK3s: K3sFacts = create(K3sFactsSchema, { role: "", version: "", isEmbeddedEtcd: false });

/** The daemon's word. One that is stopped or logged out is not connected. */
export function tailnetFacts(probe: ProbeState): ReadGroup<TailnetFacts> {
  const told = toldSubject(probe, "tailscale");
  if (told?.isAbsent === true) return { facts: noTailnet };
  if (told?.value?.case !== "tailscale") return { reason: told?.failure?.message ?? "Tailscale's daemon could not be asked" };
  const daemon = told.value.value;
  return {
    facts: create(TailnetFactsSchema, {
      isInstalled: true,
      ...known("isOnline", isOnline(daemon)),
      ...known("name", daemon.dnsName.split(".")[0]),
      ...known(
        "address",
        daemon.addresses.find((address) => address.includes(".")),
      ),
      tags: daemon.tags,
    }),
  };
}

function isOnline({ backendState, isOnline: told }: Tailscale): boolean | undefined {
  if (backendState === "") return undefined;
  return backendState === "Running" ? told : false;
}

/** The server, which may be there and not run. */
export function ollamaFacts(probe: ProbeState): ReadGroup<OllamaFacts> {
  const told = toldSubject(probe, "ollama_server");
  if (told?.isAbsent === true) return { facts: noOllama };
  if (told?.value?.case !== "ollamaServer")
    return { reason: told?.failure?.message ?? "whether there is an Ollama could not be told" };
  const { version, isRunning } = told.value.value;
  const models = probe.lists.get("ollama_model");
  const facts = create(OllamaFactsSchema, {
    isInstalled: true,
    ...known("version", version),
    ...known("isRunning", isRunning),
    ...known("isReachable", isReachable(probe)),
    models: toldSubjects(probe, "ollama_model")
      .filter(({ isAbsent }) => !isAbsent)
      .map(({ id }) => id),
  });
  if (models?.isComplete === true) return { facts };
  return { facts, gaps: { models: `the list of its models is not complete: ${models?.failure?.message ?? "it was not told"}` } };
}

function isReachable(probe: ProbeState): boolean | undefined {
  const told = toldSubject(probe, "ollama_endpoint");
  if (told?.value !== undefined) return true;
  return told?.isAbsent === true || told?.failure?.code === "OLLAMA_LOOPBACK_ONLY" ? false : undefined;
}

/** What the machine itself has of K3s. */
export function k3sFacts(probe: ProbeState): ReadGroup<K3sFacts> {
  const told = toldSubject(probe, "k3s");
  if (told?.isAbsent === true) return { facts: noK3s };
  if (told?.value?.case !== "k3s") return { reason: told?.failure?.message ?? "whether there is a K3s could not be told" };
  const { role, version, isEmbeddedEtcd } = told.value.value;
  return {
    facts: create(K3sFactsSchema, {
      isInstalled: true,
      ...known("role", role),
      ...known("version", version),
      ...known("isEmbeddedEtcd", isEmbeddedEtcd),
    }),
  };
}

/** Checks of which one could not be made are not all well, and not all known. */
export function longhornFacts(probe: ProbeState): ReadGroup<LonghornFacts> {
  const checks = toldSubjects(probe, "longhorn_check")
    .filter(({ isAbsent }) => !isAbsent)
    .map(({ id, value }) => ({ id, check: value?.case === "longhornCheck" ? value.value : undefined }));
  const folders = checks.find(({ id }) => id === "disk-folders")?.check;
  const failedChecks = checks.filter(({ check }) => check?.level === LonghornCheckLevel.ERROR).map(({ id }) => id);
  const untold = checks.filter(
    ({ check }) => (check?.level ?? LonghornCheckLevel.UNSPECIFIED) === LonghornCheckLevel.UNSPECIFIED,
  );
  const isTold = untold.length === 0;
  const facts = create(LonghornFactsSchema, {
    ...known("isHere", folders?.isLonghornHere),
    ...known("hasPrerequisites", failedChecks.length > 0 ? false : isTold ? true : undefined),
    failedChecks: failedChecks.sort(),
  });
  if (isTold) return { facts };
  return { facts, gaps: { failed_checks: `it could not be told how these came out: ${untold.map(({ id }) => id).join(", ")}` } };
}
