/** Onboarding of nobody. */
import { AppError } from "@nodekeeper/shared";
import type { Onboardings } from "../onboarding.ts";

/** No machine is on its way. */
export const noOnboardings: Onboardings = {
  all: () => [],
  of: () => undefined,
  isReady: () => false,
  retry: (node) => Promise.reject(unknown(node)),
  skip: (node) => Promise.reject(unknown(node)),
  subscribe: () => ({ [Symbol.dispose]: () => undefined }),
};

function unknown(node: string): AppError {
  return new AppError("NOT_FOUND", `no machine is called "${node}"`);
}
