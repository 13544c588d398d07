/**
 * A program of its own, so that a driver that hangs or crashes takes nobody with it, and so that no handle stays that would keep a GPU awake:
 * `node nvml.cjs --gpus 0000:01:00.0,0000:02:00.0 /path/to/libnvidia-ml.so.1` prints one DriverReading as JSON and ends.
 */
import { type NvmlLibrary, openNvmlLibrary } from "./nvml-library.ts";
import { readGpus } from "./read-gpus.ts";

const usageExitCode = 64;
/** The library, or what calls it, could not be loaded; why stands on stderr. */
const notLoadedExitCode = 3;

const [option, addresses, path] = process.argv.slice(2);
if (option !== "--gpus" || addresses === undefined || path === undefined || !path.startsWith("/")) {
  process.stderr.write("usage: nvml --gpus ADDRESS,… /LIBRARY\n");
  process.exitCode = usageExitCode;
} else {
  print(path, addresses.split(","));
}

function print(libraryPath: string, pciAddresses: readonly string[]): void {
  const library = open(libraryPath);
  if (library !== undefined) process.stdout.write(`${JSON.stringify(readGpus(library, pciAddresses))}\n`);
}

function open(libraryPath: string): NvmlLibrary | undefined {
  try {
    return openNvmlLibrary(libraryPath);
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
    process.exitCode = notLoadedExitCode;
    return undefined;
  }
}
