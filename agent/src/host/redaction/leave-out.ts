/** What no probe needs and anybody may have written anything into: it is left out, not replaced. */

/**
 * The kernel's log without what programs wrote into it, by the kernel's audit too (who logs in), and without the command line of the boot: every
 * record stays, with its number. Of a model that Ollama shows what its maker told it.
 */
export function leaveOut(path: string, text: string): string {
  if (/\/\d+-ollama-show$/.test(path)) return withoutWords(text);
  if (!path.endsWith("/kmsg")) return text;
  return text.replaceAll(/^(\d+)(,[^;\n]*;)(.*)$/gm, (record: string, priority: string, head: string, message: string) => {
    if (Number(priority) >= firstOfPrograms) return `${priority}${head}(left out)`;
    if (/^(?:audit: )?type=\d+ audit\(/.test(message)) return `${priority}${head}audit: (left out)`;
    return /^(?:Kernel c|C)ommand line:/.test(message) ? `${priority}${head}Command line: (left out)` : record;
  });
}

/** Priorities are facility × 8 + level; facility 0 is the kernel's own (syslog(3)). */
const firstOfPrograms = 8;

/** What people write into a model: how it shall behave, and what was said to it. Licences are everybody's, but long. */
const wordsOfModel = ["system", "modelfile", "messages", "license"] as const;

function withoutWords(answer: string): string {
  try {
    const shown: unknown = JSON.parse(answer);
    if (typeof shown !== "object" || shown === null || Array.isArray(shown)) return answer;
    const blanks = wordsOfModel.filter((word) => word in shown).map((word) => [word, word === "messages" ? [] : "(left out)"]);
    return JSON.stringify({ ...shown, ...Object.fromEntries(blanks) });
  } catch {
    return "(left out)"; // an error in plain words, or something broken that may hold anything
  }
}
