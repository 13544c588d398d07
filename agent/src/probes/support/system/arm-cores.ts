/** Names of ARM cores: /proc/cpuinfo gives only numbers (MIDR_EL1: implementer and part). */

/** The name of a core, e.g. "Cortex-A76"; undefined where it is not in the table. */
export function armCoreName(implementer: string, part: string): string | undefined {
  return names.get(`${implementer} ${part}`.toLowerCase());
}

const names: ReadonlyMap<string, string> = new Map([
  ["0x41 0xb76", "ARM1176"],
  ["0x41 0xc07", "Cortex-A7"],
  ["0x41 0xc09", "Cortex-A9"],
  ["0x41 0xc0f", "Cortex-A15"],
  ["0x41 0xd03", "Cortex-A53"],
  ["0x41 0xd04", "Cortex-A35"],
  ["0x41 0xd05", "Cortex-A55"],
  ["0x41 0xd07", "Cortex-A57"],
  ["0x41 0xd08", "Cortex-A72"],
  ["0x41 0xd09", "Cortex-A73"],
  ["0x41 0xd0a", "Cortex-A75"],
  ["0x41 0xd0b", "Cortex-A76"],
  ["0x41 0xd0c", "Neoverse-N1"],
  ["0x41 0xd0d", "Cortex-A77"],
  ["0x41 0xd40", "Neoverse-V1"],
  ["0x41 0xd41", "Cortex-A78"],
  ["0x41 0xd44", "Cortex-X1"],
  ["0x41 0xd46", "Cortex-A510"],
  ["0x41 0xd47", "Cortex-A710"],
  ["0x41 0xd48", "Cortex-X2"],
  ["0x41 0xd49", "Neoverse-N2"],
  ["0x41 0xd4b", "Cortex-A78C"],
  ["0x41 0xd4d", "Cortex-A715"],
  ["0x41 0xd4e", "Cortex-X3"],
  ["0x41 0xd4f", "Neoverse-V2"],
  ["0x41 0xd80", "Cortex-A520"],
  ["0x41 0xd81", "Cortex-A720"],
  ["0x41 0xd82", "Cortex-X4"],
  ["0x41 0xd85", "Cortex-X925"],
  ["0x41 0xd87", "Cortex-A725"],
  ["0x41 0xd42", "Cortex-A78AE"],
]);
