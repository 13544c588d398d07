/**
 * The answer of `nvidia-smi -q -x` as a reading. Errors come on stdout in words, with the number of nvmlReturn_t as the exit code; of several
 * GPUs one may be lost and the others told.
 */
import type { CommandResult } from "../../../../host/host.ts";
import { malformed } from "../../malformed.ts";
import type { DriverReading, FailedGpu, UncheckedReading } from "../driver-reading.ts";
import { checkReading } from "./check-reading.ts";
import { nvmlReturns } from "./driver-error.ts";
import { smiGpu, smiPciAddress } from "./smi-gpu.ts";
import { smiText } from "./smi-values.ts";
import { elementsOf, parseXml } from "./xml-tree.ts";

/** Throws HOST_ANSWER_MALFORMED where it cannot be understood. */
export function parseSmiAnswer({ exitCode, stdout, stderr }: CommandResult): DriverReading {
  const start = stdout.search(/<(?:\?xml|!DOCTYPE|nvidia_smi_log)/);
  const words = (start < 0 ? `${stdout}\n${stderr}` : stdout.slice(0, start)).trim();
  const lost = lostGpus(words, exitCode);
  if (start < 0) return withoutDocument(exitCode, words, lost);
  const document = stdout.slice(start, endOf(stdout));
  return checked(parseDocument(document, lost), document);
}

const what = "the answer of nvidia-smi";
const closingTag = "</nvidia_smi_log>";

/** NVML_ERROR_NOT_FOUND: "No devices were found". */
const nothingFoundExitCode = 6;

function endOf(stdout: string): number {
  const end = stdout.lastIndexOf(closingTag);
  return end < 0 ? stdout.length : end + closingTag.length;
}

function withoutDocument(exitCode: number, words: string, lost: readonly FailedGpu[]): DriverReading {
  if (lost.length > 0 || exitCode === nothingFoundExitCode) return checked({ ...nothing, gpus: lost }, words);
  if (exitCode === 0) throw malformed(what, "it has no XML in it", words);
  const message = words.split(/\s*\n\s*/).join("; ");
  return checked({ ...nothing, failure: { nvmlReturn: exitCode, message } }, words);
}

const nothing: UncheckedReading = {
  source: "nvidia-smi",
  driverVersion: undefined,
  cudaVersion: undefined,
  failure: undefined,
  seesAllProcesses: undefined,
  gpus: [],
};

function parseDocument(document: string, lost: readonly FailedGpu[]): UncheckedReading {
  const root = parseXml(document, what);
  if (root.name !== "nvidia_smi_log") throw malformed(what, `it begins with <${root.name}>`);
  const gpus = elementsOf(root, "gpu").map((element) => {
    const pciAddress = smiPciAddress(element.attributes["id"] ?? "");
    if (pciAddress === undefined) throw malformed(what, "a GPU in it has no address", element.attributes["id"] ?? "");
    return smiGpu(element, pciAddress);
  });
  return {
    ...nothing,
    driverVersion: smiText(root, "driver_version"),
    cudaVersion: smiText(root, "cuda_version"),
    gpus: [...gpus, ...lost],
  };
}

/** "Unable to determine the device handle for GPU0: 0000:01:00.0: GPU is lost. Reboot the system to recover this GPU" */
function lostGpus(words: string, exitCode: number): readonly FailedGpu[] {
  const lines = words.matchAll(/device handle for GPU\s*(?:\d+:\s+)?(?<address>[0-9A-F:]+\.[0-7]):\s*(?<message>.+)/gi);
  return [...lines].flatMap(({ groups: { address = "", message = "" } = {} }) => {
    const pciAddress = smiPciAddress(address);
    const isLost = /lost/i.test(message);
    const fromExit = exitCode === 0 ? nvmlReturns.unknown : exitCode;
    const failure = { nvmlReturn: isLost ? nvmlReturns.gpuIsLost : fromExit, message };
    return pciAddress === undefined ? [] : [{ pciAddress, failure }];
  });
}

function checked(reading: UncheckedReading, text: string): DriverReading {
  const found = checkReading(reading);
  if (found === undefined) throw malformed(what, "it tells of more GPUs than a machine has", text);
  return found;
}
