/**
 * The programs that the agent may run, where they may lie, and the argument forms that each may be given. Nothing else is ever executed:
 * no shell, no PATH look-up, an empty environment. The programs are those of the agent's own root (in a container: the image's).
 */

/** Name of an allowed program. */
export type CommandName = "smartctl" | "stat";

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
}

/** The rules of all programs. */
export type CommandTable = Readonly<Record<CommandName, CommandRule>>;

/** What `stat -f` is asked for: block size, blocks, free, available, inodes, free inodes. */
export const statFormat = "%S %b %f %a %c %d";

/** Device types of smartctl(8), option -d, that only say how to talk to a disk. */
const deviceType = new RegExp(
  `^(?:${[
    "auto|ata|scsi",
    "nvme(?:,(?:0x[0-9a-f]{1,8}|\\d{1,10}))?",
    "sat(?:,(?:auto|12|16))?(?:,p?x?)?",
    "snt(?:jmicron(?:,(?:0x[0-9a-f]{1,8}|\\d{1,10}))?|asmedia|realtek)(?:/sat)?",
    "usb(?:cypress(?:,0x[0-9a-f]{2})?|jmicron(?:,p)?(?:,x)?(?:,\\d)?|prolific|sunplus|asm1352r,\\d)",
    "jm(?:b39x|s56x)(?:-q)?(?:,\\d{1,2})?(?:,s[0-9]{1,2})?(?:,force)?",
    "(?:sat\\+)?megaraid,\\d{1,3}",
    "(?:3ware|cciss|areca),\\d{1,3}(?:/\\d{1,2})?",
  ].join("|")})$`,
);

/** A disk under /dev; nothing else may be opened. */
const diskDevice =
  /^\/dev\/(?:nvme\d{1,4}(?:n\d{1,4})?|(?:sd|hd|vd|xvd)[a-z]{1,3}|sg\d{1,4}|bus\/\d{1,4}|disk\/by-id\/[\w.:+-]{1,200})$/;

/** All programs. Every option of smartctl here only reads; tests, settings and firmware are not in the table. */
export const commands: CommandTable = {
  smartctl: {
    paths: ["/usr/sbin/smartctl", "/usr/bin/smartctl", "/sbin/smartctl", "/usr/local/sbin/smartctl"],
    forms: [
      { required: ["--json=c"], allowed: ["--scan", "--scan-open"], options: {} },
      {
        required: ["--json=c"],
        allowed: ["--info", "--health", "--attributes", "--capabilities", "--all", "--xall", "--log=error", "--log=selftest"],
        options: { "-n": /^(?:never|sleep|standby|idle)(?:,\d{1,3})?$/, "-d": deviceType },
        operand: diskDevice,
      },
    ],
  },
  stat: {
    paths: ["/usr/bin/stat", "/bin/stat"],
    forms: [{ required: ["-f"], allowed: [], options: { "-c": new RegExp(`^${statFormat}$`) }, operand: /^\/[^\0]*$/ }],
  },
};
