/** What no probe needs and anybody may have written anything into: it is left out, not replaced. */

/**
 * The kernel's log without what programs wrote into it, by the kernel's audit too (who logs in), and without the command line of the boot. Every
 * record stays, with its number.
 */
export function leaveOut(path: string, text: string): string {
  if (!path.endsWith("/kmsg")) return text;
  return text.replaceAll(/^(\d+)(,[^;\n]*;)(.*)$/gm, (record: string, priority: string, head: string, message: string) => {
    if (Number(priority) >= firstOfPrograms) return `${priority}${head}(left out)`;
    if (/^(?:audit: )?type=\d+ audit\(/.test(message)) return `${priority}${head}audit: (left out)`;
    return /^(?:Kernel c|C)ommand line:/.test(message) ? `${priority}${head}Command line: (left out)` : record;
  });
}

/** Priorities are facility × 8 + level; facility 0 is the kernel's own (syslog(3)). */
const firstOfPrograms = 8;
