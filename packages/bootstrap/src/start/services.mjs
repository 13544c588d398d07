/** What `npm start` runs: the command lines of collector and agent, and how each says that it is ready. */
import { join } from "node:path";

import { builtFiles } from "../prepare/build.mjs";
import { loopback } from "./ports.mjs";
import { publicPortOffset } from "./start-arguments.mjs";

/** @import { Checkout } from "../checkout.mjs" */
/** @import { DataFolder } from "./data-folder.mjs" */

/** Keeps the agent's heap small: it lives beside other people's work. */
const agentNodeFlags = ["--lite-mode", "--max-semi-space-size=1", "--max-old-space-size=64"];

/** What Linux takes of a socket's path, less what the collector adds while it makes one. */
const longestSocketPath = 101;

/** Of thousands of agents most garbage dies young: a larger young generation only keeps more of it (test/bench/fleet). */
const collectorNodeFlags = ["--max-semi-space-size=16"];

/**
 * @typedef {object} ServicePlan
 * @property {string} name
 * @property {readonly string[]} args for node
 * @property {string} readyUrl
 * @property {string} logFile
 */

/**
 * In the order in which they are started; they are stopped the other way round.
 *
 * @param {Checkout} checkout
 * @param {DataFolder} data
 * @param {{ readonly port: number, readonly publicName: string | undefined }} request
 * @returns {readonly ServicePlan[]}
 */
export function planServices(checkout, data, { port, publicName }) {
  const page = `${loopback}:${port}`;
  const agents = `${loopback}:${port + 1}`;
  const agentHealth = `${loopback}:${port + 2}`;
  return [
    {
      name: "collector",
      args: [
        ...collectorNodeFlags,
        join(checkout.root, builtFiles.collector),
        ...["--listen", page, "--grpc-listen", agents, "--data-dir", data.collector],
        ...(hasRoomForSocket(data.collector) ? [] : ["--admin-socket", "none"]),
        ...(publicName === undefined ? [] : publicOptions(port, publicName)),
      ],
      readyUrl: `http://${page}/readyz`,
      logFile: join(data.logs, "collector.log"),
    },
    {
      name: "agent",
      args: [
        ...agentNodeFlags,
        join(checkout.root, builtFiles.agent),
        ...["run", "--collector", agents, "--health-listen", agentHealth, "--spool-dir", data.agent],
      ],
      readyUrl: `http://${agentHealth}/readyz`,
      logFile: join(data.logs, "agent.log"),
    },
  ];
}

/**
 * @param {number} port
 * @param {string} name
 */
function publicOptions(port, name) {
  const first = port + publicPortOffset;
  return ["--public-listen", `0.0.0.0:${first}`, "--public-grpc-listen", `0.0.0.0:${first + 1}`, "--public-name", name];
}

/**
 * A checkout may lie so deep that no socket fits into its data folder. The page is worth more than the commands of admins.
 *
 * @param {string} folder the collector's
 */
function hasRoomForSocket(folder) {
  return Buffer.byteLength(join(folder, "admin.sock")) <= longestSocketPath;
}
