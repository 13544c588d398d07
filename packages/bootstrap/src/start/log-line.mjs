/** One line of a child's log (pino's JSON, or plain text where it failed before it could log) for a person. */

/**
 * @typedef {object} LogLine
 * @property {"quiet" | "warning" | "error" | "crash"} weight quiet lines are for the file only; a crash is an error told in plain
 * text, which matters once the child has ended
 * @property {string} text the message with its facts, on one line, without the time
 */

/** pino's numbers. */
const warnLevel = 40;
const errorLevel = 50;

/** Fields that a reader at the terminal does not need, or that are told otherwise. */
const hidden = new Set(["level", "time", "pid", "hostname", "name", "msg", "err", "version", "v"]);

/** Room for an error that says what to do, on one line all the same. */
const longestText = 600;

/**
 * @param {string} line
 * @returns {LogLine}
 */
export function readLogLine(line) {
  const entry = parseEntry(line);
  if (entry === undefined) return { weight: plainWeight(line), text: shorten(line.trim()) };
  const level = Number(entry["level"]);
  return { weight: level >= errorLevel ? "error" : level >= warnLevel ? "warning" : "quiet", text: shorten(entryText(entry)) };
}

/**
 * @param {string} line
 * @returns {Readonly<Record<string, unknown>> | undefined} undefined if it is not a log entry
 */
function parseEntry(line) {
  if (!line.startsWith("{")) return undefined;
  try {
    const entry = JSON.parse(line);
    return typeof entry?.level === "number" ? entry : undefined;
  } catch {
    return undefined; // plain text that begins with a brace
  }
}

/**
 * Of plain text only the message of an error counts, not the source line and the stack around it.
 *
 * @param {string} line
 */
function plainWeight(line) {
  return /^(?:Uncaught )?(?:[A-Za-z]*Error\b|FATAL ERROR|[\w.-]+: )/.test(line) ? "crash" : "quiet";
}

/** @param {Readonly<Record<string, unknown>>} entry */
function entryText(entry) {
  const error = errorText(entry["err"]);
  const facts = Object.entries(entry).flatMap(([key, value]) => (hidden.has(key) ? [] : factText(key, value)));
  const reason = error === "" ? "" : `: ${error}`;
  return `${entry["msg"] ?? "(no message)"}${reason}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`;
}

/** @param {unknown} error */
function errorText(error) {
  if (typeof error === "string") return error;
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
}

/**
 * @param {string} key
 * @param {unknown} value
 * @returns {readonly string[]}
 */
function factText(key, value) {
  return ["string", "number", "boolean"].includes(typeof value) ? [`${key} ${value}`] : [];
}

/** @param {string} text */
function shorten(text) {
  const line = text.replaceAll(/\s*\n\s*/g, " ");
  return line.length <= longestText ? line : `${line.slice(0, longestText - 1)}…`;
}
