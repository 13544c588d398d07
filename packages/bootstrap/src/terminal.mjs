/** What the person sees: lines, and one progress line that counts seconds while something takes time. */
import { monotonicMs, repeat } from "./time.mjs";

/**
 * @typedef {object} Terminal
 * @property {(text: string) => void} line prints a line; a progress line under way is continued below it
 * @property {<T>(text: string, work: () => Promise<T>) => Promise<T>} progress shows `text … 8 s` while the work goes on
 */

/**
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Terminal}
 */
export function createTerminal(stream = process.stdout) {
  /** The unfinished line at the cursor; empty when the cursor is at the start of a line. */
  let open = "";
  // A closed terminal or pipe is no reason to stop uncleanly: what is written then is lost.
  stream.on("error", () => {});

  /** @param {string} text */
  function rewrite(text) {
    if (stream.isTTY) stream.write(`\r${text}\u001b[K`);
    else if (text.startsWith(open)) stream.write(text.slice(open.length));
    else stream.write(text);
    open = text;
  }

  function endLine() {
    if (open !== "") stream.write("\n");
    open = "";
  }

  return {
    line(text) {
      endLine();
      stream.write(`${text}\n`);
    },
    async progress(text, work) {
      const startedMs = monotonicMs();
      endLine();
      rewrite(`${text} … `);
      const stop = stream.isTTY ? repeat(1000, () => rewrite(`${text} … ${seconds(startedMs, 0)}`)) : () => {};
      try {
        const result = await work();
        rewrite(`${text} … ${seconds(startedMs, 1)}`);
        return result;
      } finally {
        stop();
        endLine();
      }
    },
  };
}

/**
 * @param {number} startedMs
 * @param {number} digits after the point
 * @returns {string} such as `0.9 s`
 */
function seconds(startedMs, digits) {
  return `${((monotonicMs() - startedMs) / 1000).toFixed(digits)} s`;
}
