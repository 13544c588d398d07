/**
 * What is known of models and firmwares, as advice: a sentence for a person, with the report that it comes from. Nothing is judged by it.
 * A new entry needs a public report that can be read up.
 */

/** One piece of knowledge. */
export interface KnownTrouble {
  /** By the model that the disk says. */
  readonly model: RegExp;
  /** Without it, whatever the firmware. */
  readonly firmware?: RegExp;
  readonly advice: string;
  /** Where it was reported. */
  readonly source: string;
}

/** The table. */
export const knownTroubles: readonly KnownTrouble[] = [
  {
    model: /\bSN5[357]0\b|^WDC WDS\d{3}[GT]2B0C\b/,
    advice:
      'WD Blue SN550, SN570 and PC SN530 are known to reset on the Raspberry Pi 5 ("controller is down; will reset"); this says nothing of other machines. ' +
      "If it happens, look at power supply and cable first, then at another model.",
    source: "github.com/raspberrypi/linux issues 6195, 6228 and 6661; github.com/geerlingguy/raspberry-pi-pcie-devices issue 570",
  },
  {
    model: /^Samsung SSD 980 \d/,
    advice:
      "Samsung 980 (not PRO) is known to get stuck at 84 °C with a temperature warning that is not true; compare another sensor, and switch it off and on before you believe it.",
    source: "github.com/smartmontools/smartmontools issue 637",
  },
  {
    model: /^SAMSUNG MZ(?:VL|QL|PL|1L|VP|VK|VB|VW)/,
    advice:
      'Samsung\'s NVMe disks raise "reliability degraded" (critical warning 0x04) when percentage used reaches 100, though spare capacity is left: look at available spare and media errors too.',
    source: "github.com/smartmontools/smartmontools issue 537",
  },
];

/** What is known of a disk; empty for most. At most eight sentences. */
export function knownTroubleOf(modelName: string, firmwareVersion: string): readonly string[] {
  return knownTroubles
    .filter(({ model, firmware }) => model.test(modelName) && (firmware?.test(firmwareVersion) ?? true))
    .map(({ advice, source }) => `${advice} (${source})`)
    .slice(0, maximumSentences);
}

const maximumSentences = 8;
