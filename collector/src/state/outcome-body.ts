/** How reading ended, as the API says it. */
import { Outcome, type Failure as WireFailure } from "@nodekeeper/proto";
import type { Failure, Outcome as OutcomeBody } from "@nodekeeper/shared/api";

/** The word of an outcome. An unspecified one never passes ingest; were it to, nothing was learnt: failed. */
export function outcomeBody(outcome: Outcome): OutcomeBody {
  if (outcome === Outcome.OK) return "ok";
  return outcome === Outcome.ABSENT ? "absent" : "failed";
}

/** The property `failure`, left out where there is none. */
export function failureProperty(failure: WireFailure | undefined): { readonly failure?: Failure } {
  return failure === undefined ? {} : { failure: { code: failure.code, message: failure.message } };
}
