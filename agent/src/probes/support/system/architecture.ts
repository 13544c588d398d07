/** The machine hardware name as `uname -m` says it. */
import { type HostFiles, lineAt, textAt } from "../host-files.ts";

/** Where it stands: the kernel says it since 6.1; before that the processors tell. */
export const architectureFiles: readonly string[] = ["/proc/sys/kernel/arch", "/proc/cpuinfo"];

/** x86_64, aarch64 …; empty where neither file tells. */
export function architectureOf(files: HostFiles): string {
  const said = lineAt(files, "/proc/sys/kernel/arch");
  if (said !== "") return said;
  const cpuinfo = textAt(files, "/proc/cpuinfo") ?? "";
  if (/^flags\s*:.*\blm\b/m.test(cpuinfo)) return "x86_64";
  const armVersion = /^CPU architecture\s*:\s*(\d+)/m.exec(cpuinfo)?.[1];
  if (armVersion !== undefined) return Number(armVersion) >= 8 ? "aarch64" : `armv${armVersion}l`;
  return /^isa\s*:\s*rv64/m.test(cpuinfo) ? "riscv64" : "";
}
