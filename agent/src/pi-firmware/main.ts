/**
 * A program of its own, as nvml is: what calls the kernel without a file may hang or crash, and takes nobody with it. `node pi-firmware.cjs` asks the
 * firmware of a Raspberry Pi the questions below, prints its answers, a line each, and ends. It takes no arguments.
 */
import { openFirmware } from "./firmware-mailbox.ts";

/**
 * Both only read. get_throttled tells power and throttling now and since the start; pmic_read_adc, which only boards since the Pi 5 know, the
 * voltage at the supply's input.
 */
const questions: readonly string[] = ["get_throttled", "pmic_read_adc EXT5V_V"];
/** The device, or what calls it, is not there; why stands on stderr. */
const notOpenedExitCode = 3;

try {
  using firmware = openFirmware();
  for (const question of questions) process.stdout.write(`${firmware.ask(question).trim()}\n`);
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  process.exitCode = notOpenedExitCode;
}
