/**
 * The programs that the agent may run, where they may lie, and the argument forms that each may be given. Nothing else is ever executed:
 * no shell, no PATH look-up, an empty environment. The programs are those of the agent's own root (in a container: the image's).
 */

import type { Patience } from "./quarantine.ts";

/** Name of an allowed program. */
export type CommandName = "chronyc" | "smartctl" | "stat";

/** One way of calling a program: every argument must be accounted for. */
export interface CommandForm {
  /** Arguments that must be there. */
  readonly required: readonly string[];
  /** Arguments that may be there, each once. */
  readonly allowed: readonly string[];
  /** Options with a value, as two arguments, each once: the option and what its value must look like. */
  readonly options: Readonly<Record<string, RegExp>>;
  /** What the last argument must look like, where the form has an operand. */
  readonly operand?: RegExp;
}

/** An allowed program. */
export interface CommandRule {
  /** Where it may lie; the first that is there is run. */
  readonly paths: readonly string[];
  /** Its forms; a call must fit one. */
  readonly forms: readonly CommandForm[];
  /** How long what hung is left alone; without it longer each time, up to six hours. */
  readonly patience?: Patience;
}

/** The rules of all programs. */
export type CommandTable = Readonly<Record<CommandName, CommandRule>>;

/** What `stat -f` is asked for: block size, blocks, free, available, inodes, free inodes. */
export const statFormat = "%S %b %f %a %c %d";

/** What every question to a disk asks for: who it is, its verdict, its attributes or health log. USB bridges are asked for no more. */
const healthArguments = ["--info", "--health", "--attributes"];
/** With the text that smartctl would have printed, for values that its JSON lacks. */
const withText = "--json=co";
const plain = "--json=c";
/** A disk that sleeps is not woken; smartctl then ends with status 3. */
const unlessAsleep = ["-n", "standby,3"];
/** SAS disks have no attribute table: errors, tests and wear stand in logs. */
const scsiLogs = ["--log=error", "--log=selftest", "--log=ssd"];
const scsiDisk = /^\/dev\/sd[a-z]{1,3}$/;
const nvmeController = /^\/dev\/nvme\d{1,4}$/;
/** What MegaRAID's controllers are reached by. */
const controllerBus = /^\/dev\/bus\/\d{1,3}$/;
/** How a disk behind a USB bridge may be spoken to where smartctl does not know the bridge by its USB id. */
const usbDiskTypes = /^(?:sat|sntasmedia|sntjmicron|sntrealtek)$/;
/** A disk behind one of MegaRAID's controllers, as `--scan` names it. */
const memberTypes = /^(?:sat\+)?megaraid,\d{1,3}$/;

/** Where chronyd answers: its port first, since its socket makes chronyc leave a file of its own beside it for a moment. */
const chronydAddresses = "127.0.0.1,::1,/run/chrony/chronyd.sock";

/** What chronyc is asked: one line of comma-separated values, addresses not looked up. */
export const chronyTracking: readonly string[] = ["-n", "-c", "-h", chronydAddresses, "tracking"];

/** All programs. Every form of smartctl only reads, and is complete: tests, settings, firmware and other logs cannot be said with it. */
export const commands: CommandTable = {
  chronyc: {
    paths: ["/usr/bin/chronyc", "/bin/chronyc"],
    forms: [{ required: chronyTracking, allowed: [], options: {} }],
  },
  smartctl: {
    paths: ["/usr/sbin/smartctl", "/usr/bin/smartctl", "/sbin/smartctl", "/bin/smartctl", "/usr/local/sbin/smartctl"],
    forms: [
      complete([withText, ...healthArguments, "--capabilities", "--log=selftest", "-d", "nvme"], nvmeController),
      complete(
        [plain, ...healthArguments, "--capabilities", ...unlessAsleep, "--log=selftest", "--log=devstat", "-d", "sat"],
        scsiDisk,
      ),
      complete([withText, ...healthArguments, ...unlessAsleep, ...scsiLogs, "-d", "scsi"], scsiDisk),
      {
        required: [plain, ...healthArguments, ...unlessAsleep],
        allowed: [],
        options: { "-d": usbDiskTypes },
        operand: scsiDisk,
      },
      {
        required: [withText, ...healthArguments, ...unlessAsleep, ...scsiLogs],
        allowed: [],
        options: { "-d": memberTypes },
        operand: controllerBus,
      },
      // Lists by names and by what controllers say; unlike --scan-open it opens no disk.
      { required: ["--scan", plain], allowed: [], options: {} },
    ],
    // A disk or bridge that hung twice in a row will hang again.
    patience: { baseMs: 60_000, maximumMs: 60_000, maximumHangs: 2 },
  },
  stat: {
    paths: ["/usr/bin/stat", "/bin/stat"],
    forms: [{ required: ["-f"], allowed: [], options: { "-c": new RegExp(`^${statFormat}$`) }, operand: /^\/[^\0]*$/ }],
  },
};

/** A form whose arguments are all said, before an operand. */
function complete(required: readonly string[], operand: RegExp): CommandForm {
  return { required, allowed: [], options: {}, operand };
}
