/**
 * A vitest reporter that writes a TestSummary to the file named in NODEKEEPER_TEST_SUMMARY. It runs inside vitest.
 * vitest's own JSON report does not have the reason that a test gives when it skips itself.
 */
import { writeFileSync } from "node:fs";

/** @import { Reporter, TestCase, TestModule } from "vitest/node" */
/** @import { TestOutcome, TestSummary } from "./test-summary.mjs" */

/** @implements {Reporter} */
export class SummaryReporter {
  /**
   * @param {readonly TestModule[]} modules
   * @param {readonly { message: string }[]} unhandledErrors thrown outside any test
   */
  onTestRunEnd(modules, unhandledErrors) {
    const file = process.env["NODEKEEPER_TEST_SUMMARY"];
    if (file !== undefined) writeFileSync(file, JSON.stringify(summarize(modules, unhandledErrors)));
  }
}

// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default SummaryReporter;

/**
 * @param {readonly TestModule[]} modules
 * @param {readonly { message: string }[]} unhandledErrors
 * @returns {TestSummary}
 */
function summarize(modules, unhandledErrors) {
  const cases = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (/** @type {string} */ state) => cases.filter((test) => test.result().state === state);
  const brokenFiles = modules.flatMap((module) =>
    module.errors().map((error) => ({ name: module.relativeModuleId, reason: firstLine(error.message) })),
  );
  // What a suite needs could not be made ready, and none of its tests ran.
  const brokenSuites = modules.flatMap((module) =>
    [...module.children.allSuites()].flatMap((suite) =>
      suite
        .errors()
        .map((error) => ({ name: `${module.relativeModuleId} > ${suite.fullName}`, reason: firstLine(error.message) })),
    ),
  );
  const brokenRun = unhandledErrors.map((error) => ({ name: "outside any test", reason: firstLine(error.message) }));
  return {
    passed: inState("passed").length,
    failed: [...inState("failed").map(failedOutcome), ...brokenFiles, ...brokenSuites, ...brokenRun],
    skipped: inState("skipped").map(skippedOutcome),
  };
}

/**
 * @param {TestCase} test
 * @returns {TestOutcome}
 */
function failedOutcome(test) {
  const message = test.result().errors?.[0]?.message;
  return { name: testName(test), reason: message === undefined ? undefined : firstLine(message) };
}

/**
 * @param {TestCase} test
 * @returns {TestOutcome}
 */
function skippedOutcome(test) {
  const result = test.result();
  const note = result.state === "skipped" ? result.note : undefined;
  return { name: testName(test), reason: note ?? (test.options.mode === "todo" ? "to be written" : "gives no reason") };
}

/** @param {TestCase} test */
function testName(test) {
  return `${test.module.relativeModuleId} > ${test.fullName}`;
}

/** @param {string} text */
function firstLine(text) {
  return text.split("\n")[0] ?? "";
}
