/** What `npm start` runs: the command lines of collector and agent, and how each says that it is ready. */
import { join } from "node:path";

import { builtFiles } from "../prepare/build.mjs";
import { loopback } from "./ports.mjs";

/** @import { Checkout } from "../checkout.mjs" */
/** @import { DataFolder } from "./data-folder.mjs" */

/** Keeps the agent's heap small: it lives beside other people's work. */
const agentNodeFlags = ["--lite-mode", "--max-semi-space-size=1", "--max-old-space-size=64"];

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
 * @param {number} port
 * @returns {readonly ServicePlan[]}
 */
export function planServices(checkout, data, port) {
  const page = `${loopback}:${port}`;
  const agents = `${loopback}:${port + 1}`;
  const agentHealth = `${loopback}:${port + 2}`;
  return [
    {
      name: "collector",
      args: [join(checkout.root, builtFiles.collector), "--listen", page, "--grpc-listen", agents, "--data-dir", data.collector],
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
