/** Waits until a service answers its readiness check. */
import { get } from "node:http";

import { monotonicMs, sleep } from "../time.mjs";

const pollMs = 50;
const answerMs = 2000;

/**
 * @param {string} url answers 200 when ready
 * @param {number} patienceMs
 * @param {AbortSignal} signal ends the wait
 * @returns {Promise<string | undefined>} undefined when it is ready; the last answer when the wait was ended or has lasted too long
 */
export async function waitUntilReady(url, patienceMs, signal) {
  const deadlineMs = monotonicMs() + patienceMs;
  for (;;) {
    const answer = await ask(url);
    if (answer === undefined || signal.aborted || monotonicMs() > deadlineMs) return answer;
    await sleep(pollMs, signal);
  }
}

/**
 * @param {string} url
 * @returns {Promise<string | undefined>} undefined when it is ready, else why not
 */
function ask(url) {
  return new Promise((resolve) => {
    const request = get(url, { timeout: answerMs, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      response.once("end", () => resolve(response.statusCode === 200 ? undefined : `${response.statusCode} ${body.trim()}`));
      response.once("error", (error) => resolve(error.message));
    });
    request.once("timeout", () => request.destroy(new Error("no answer")));
    request.once("error", (error) => resolve(error.message));
  });
}
