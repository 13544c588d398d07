/** Whether an agent that says hello is let in, and what its coming changes. */
import { status } from "@grpc/grpc-js";
import type { Hello } from "@nodekeeper/proto";
import type { Logger } from "@nodekeeper/shared";
import { isOtherMachine } from "../state/reduce.ts";
import type { RefusalReason, SessionContext } from "./session-context.ts";
import type { Session } from "./sessions.ts";
import { validateHello } from "./validate-hello.ts";

/** What becomes of a Hello. */
export type Admitted =
  | { readonly kind: "admitted"; readonly session: Session }
  | { readonly kind: "refused"; readonly reason: RefusalReason; readonly code: status; readonly details: string };

/** Lets the agent in as the one session of its node, or says why not. `open` makes its session. */
export function admit(sent: Hello, context: SessionContext, logger: Logger, open: (hello: Hello) => Session): Admitted {
  const validated = validateHello(sent);
  if (validated.kind === "refused") {
    const { code, details } = validated;
    return { kind: "refused", reason: code === status.UNIMPLEMENTED ? "wire_version" : "hello", code, details };
  }
  const { hello } = validated;
  const { state, maximumNodes } = context;
  const node = hello.nodeName;
  const known = state.node(node);
  if (known === undefined && state.nodes().length >= maximumNodes) {
    const details = `${maximumNodes} nodes are known, no other is taken`;
    return { kind: "refused", reason: "too_many_nodes", code: status.RESOURCE_EXHAUSTED, details };
  }
  const rival = context.sessions.rivalOf(node, hello.machineId);
  if (rival !== undefined) {
    const details = `another machine (machine-id ${rival.machineId}) is connected as ${node}; give this one a name of its own`;
    return { kind: "refused", reason: "other_machine", code: status.ALREADY_EXISTS, details };
  }
  if (known !== undefined && isOtherMachine(known, hello)) {
    logger.warn(
      { node, before: known.machineId, now: hello.machineId },
      "another machine bears the name, the old one is forgotten",
    );
    context.heldFacts.forget(node);
  }
  const session = open(hello);
  context.sessions.enter(session);
  state.apply({ kind: "connected", node, hello, atMs: context.clock.wallMs() });
  context.onNodeChanged(node);
  return { kind: "admitted", session };
}
