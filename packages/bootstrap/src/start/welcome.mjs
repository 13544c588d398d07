/** The one screen that `npm start` shows when everything runs. */

/**
 * @param {object} facts
 * @param {string} facts.url of the page
 * @param {string} facts.dataPath
 * @param {boolean} facts.isRoot
 * @returns {string}
 */
export function welcomeText({ url, dataPath, isRoot }) {
  return [
    "",
    url,
    "",
    "  The page shows this machine's disks, memory, network and sensors, live. An agent reads them and",
    "  reports to a collector; both answer to this machine only, and change nothing on it.",
    ...(isRoot ? [] : ["  Some facts, such as disk health, need root; the page says which and why."]),
    "",
    "  In a terminal   npm run -s nodekeeper nodes",
    `  Data and logs   ${dataPath}`,
    "  To stop         Ctrl-C",
    "",
  ].join("\n");
}
