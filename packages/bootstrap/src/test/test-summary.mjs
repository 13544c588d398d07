/** The closing words of `npm test`: what was skipped and why, what failed, and the count. */

/**
 * @typedef {object} TestOutcome
 * @property {string} name file, then the names of suites and test
 * @property {string | undefined} reason why it was skipped or failed, if it says so
 */

/**
 * @typedef {object} TestSummary
 * @property {number} passed
 * @property {readonly TestOutcome[]} failed a file that could not be run counts as one
 * @property {readonly TestOutcome[]} skipped
 */

/**
 * @param {TestSummary} summary
 * @returns {string} its last line is `N passed, N failed`, with `, N skipped` if any were
 */
export function summaryText({ passed, failed, skipped }) {
  const count = `${passed} passed, ${failed.length} failed${skipped.length === 0 ? "" : `, ${skipped.length} skipped`}`;
  return [...section("Skipped", skipped), ...section("Failed", failed), "", count].join("\n");
}

/**
 * @param {string} title
 * @param {readonly TestOutcome[]} outcomes
 * @returns {readonly string[]}
 */
function section(title, outcomes) {
  if (outcomes.length === 0) return [];
  return ["", `${title}:`, ...outcomes.map(({ name, reason }) => `  ${name}${reason === undefined ? "" : ` - ${reason}`}`)];
}
