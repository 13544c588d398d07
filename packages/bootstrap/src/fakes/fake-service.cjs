/**
 * Stands in for collector and agent in the tests of `npm start`: answers /readyz, logs as pino does, and writes what happened to
 * it into FAKE_EVENTS. FAKE_<NAME> says how it misbehaves.
 */
const { appendFileSync } = require("node:fs");
const { createServer } = require("node:http");

const args = process.argv.slice(2);
const name = args[0] === "run" ? "agent" : "collector";
const [host, port] = (args[args.indexOf(name === "agent" ? "--health-listen" : "--listen") + 1] ?? "").split(":");
const behaviour = process.env[`FAKE_${name.toUpperCase()}`];

/** @param {string} what */
function event(what) {
  appendFileSync(process.env["FAKE_EVENTS"] ?? "", `${name} ${what}\n`);
}

/**
 * @param {number} level
 * @param {string} msg
 * @param {object} facts
 */
function log(level, msg, facts) {
  process.stderr.write(`${JSON.stringify({ level, time: Date.now(), pid: process.pid, name, ...facts, msg })}\n`);
}

event(`started ${process.pid} ${process.execArgv.join(" ")}`);
process.on("SIGINT", () => event("SIGINT"));
process.on("SIGTERM", () => {
  event("SIGTERM");
  if (behaviour !== "ignores SIGTERM") setTimeout(() => process.exit(0), 30);
});
if (behaviour === "crashes") throw new TypeError("the disk is upside down");

createServer((_request, response) => {
  response.statusCode = behaviour === "is not ready" ? 503 : 200;
  response.end("no probe has run yet");
  if (behaviour !== "dies") return;
  log(50, "cannot go on", {
    err: { type: "Error", message: "database is damaged", stack: "Error: database is damaged\n    at x" },
  });
  setTimeout(() => process.exit(3), 200);
}).listen(Number(port), host, () => {
  log(30, "listening", { port });
  if (behaviour === "warns") log(40, "a tool is missing", { probe: "smart", command: "smartctl" });
});
