/** Maintenance: everything that keeps the database small and quick to start from. */
import { compactSteps } from "./compact.ts";
import type { EngineContext, Steps } from "./engine-context.ts";
import { foldSteps } from "./fold.ts";
import { retainSteps } from "./retain.ts";
import { rollUpSteps } from "./roll-up.ts";

/** Free pages are used again by what comes next; only what is beyond this number is given back to the file system. 4 KiB each. */
const keptFreePages = 16_384;
/** Pages given back in one step. */
const vacuumedPages = 256;

/** The whole round. Each part leaves a state from which the next one, or the next round after a crash, goes on. */
export function* maintainSteps(context: EngineContext, nowMs: number): Steps<void> {
  yield* foldSteps(context);
  yield* compactSteps(context, nowMs);
  yield* rollUpSteps(context, nowMs);
  yield* retainSteps(context, nowMs);
  while (context.vacuum(0) > keptFreePages + vacuumedPages) {
    context.vacuum(vacuumedPages);
    yield;
  }
}
