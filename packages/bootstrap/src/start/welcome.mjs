/** The one screen that `npm start` shows when everything runs. */
import { loopback } from "./ports.mjs";
import { defaultPort } from "./start-arguments.mjs";

/**
 * @param {object} facts
 * @param {number} facts.port of the page
 * @param {string} facts.dataPath
 * @param {boolean} facts.isRoot
 * @param {string | undefined} facts.publicName
 * @returns {string}
 */
export function welcomeText({ port, dataPath, isRoot, publicName }) {
  const address = `http://${loopback}:${port}`;
  // The CLI looks at the default port by itself.
  const command = port === defaultPort ? "nodes" : `-- nodes --collector ${address}`;
  return [
    "",
    `${address}/`,
    "",
    "  The page shows this machine's disks, memory, network and sensors, live. An agent reads them and",
    publicName === undefined
      ? "  reports to a collector; both answer to this machine only, and change nothing on it."
      : `  reports to a collector, which others reach as ${publicName}, with proof of who they are. Nothing here is changed.`,
    ...(isRoot ? [] : ["  Some facts, such as disk health, need root; the page says which and why."]),
    "",
    `  In a terminal   npm run -s nodekeeper ${command}`,
    ...(publicName === undefined ? [] : ["  Let others in   npm run -s nodekeeper -- token create --node NAME"]),
    `  Data and logs   ${dataPath}`,
    "  To stop         Ctrl-C",
    "",
  ].join("\n");
}
