/** Who speaks on one stream: asked when it opens, asked anew when the agent wants, followed until it does not hold any more. */
import type { Metadata } from "@grpc/grpc-js";
import { AppError, type Logger } from "@nodekeeper/shared";
import type { AgentIdentity } from "../identity/agent-identity.ts";
import type { Authenticator, ProvenIdentity } from "../identity/authenticator.ts";
import { type NodeProof, unproven } from "../state/node-proof.ts";
import { credentialOf } from "./refusal.ts";
import type { AgentStream } from "./stream.ts";

/** The identity of a stream. Disposing follows it no more. */
export interface SessionIdentity extends Disposable {
  /** As it is now; undefined until it is known. */
  readonly current: AgentIdentity | undefined;
  /** The node that it is proven to be; undefined where nothing is. */
  readonly provenNode: string | undefined;
  /** Finds out who speaks; nothing is read before that is known. */
  begin(metadata: Metadata, isProofNeeded: boolean, onDenied: (error: AppError) => void): void;
  /** Asks who shows a credential. Nothing more is read meanwhile, and nobody is told when the stream is over. */
  ask(credential: string, onProven: (proven: ProvenIdentity) => void, onDenied: (error: AppError) => void): void;
  /** Takes the place of what was; what becomes of it is followed from now on. */
  take(identity: AgentIdentity): void;
  /** It was let in by it: the credential of before, if there is one, does not hold any more. */
  settle(proven: ProvenIdentity, logger: Logger): void;
}

/** What following an identity needs. */
export interface SessionIdentityOptions {
  readonly authenticator: Pick<Authenticator, "identify" | "watch" | "settle">;
  readonly stream: Pick<AgentStream, "pause" | "resume">;
  /** Aborts when the stream is over. */
  readonly over: AbortSignal;
  /** More is proven than before. */
  readonly onConfirmed: () => void;
  /** It does not hold any more: the stream is to end. */
  readonly onEnded: (error: AppError) => void;
}

/** Nothing is known yet. */
export function createSessionIdentity(options: SessionIdentityOptions): SessionIdentity {
  const { authenticator, stream, over, onConfirmed, onEnded } = options;
  let current: AgentIdentity | undefined;
  let watch: Disposable | undefined;

  function unfollow(): void {
    watch?.[Symbol.dispose]();
    watch = undefined;
  }

  function take(identity: AgentIdentity): void {
    unfollow();
    current = identity;
    if (identity.kind === "unproven") return;
    watch = authenticator.watch(identity, (change) => {
      if (change.kind === "ended") {
        unfollow();
        onEnded(change.error);
      } else {
        current = change.identity;
        onConfirmed();
      }
    });
  }

  function ask(credential: string, onProven: (proven: ProvenIdentity) => void, onDenied: (error: AppError) => void): void {
    stream.pause("identity");
    authenticator
      .identify(credential, over)
      .then((proven) => over.aborted || onProven(proven))
      .catch((thrown: unknown) => over.aborted || onDenied(AppError.from(thrown))) // also what goes wrong when it is taken
      .finally(() => stream.resume("identity"));
  }

  return {
    get current() {
      return current;
    },
    get provenNode() {
      return current === undefined || current.kind === "unproven" ? undefined : current.node;
    },
    begin(metadata, isProofNeeded, onDenied) {
      try {
        const credential = credentialOf(metadata);
        if (credential !== undefined) ask(credential, take, onDenied);
        else if (!isProofNeeded) take({ kind: "unproven" });
        else
          throw new AppError("IDENTITY_MISSING", "an agent that comes from outside must show its credential; enroll the machine");
      } catch (thrown) {
        onDenied(AppError.from(thrown));
      }
    },
    ask,
    take,
    settle(proven, logger) {
      authenticator.settle(proven).catch((err: unknown) => {
        logger.warn({ err }, "the credential of before is still good, since the vault cannot be written");
      });
    },
    [Symbol.dispose]: unfollow,
  };
}

/** What the state says of an identity. */
export function proofOf(identity: AgentIdentity): NodeProof {
  switch (identity.kind) {
    case "unproven":
      return unproven;
    case "cluster":
      return { state: identity.isReviewed ? "proven" : "unreviewed", by: "cluster" };
    case "enrolled":
      return { state: "proven", by: "credential" };
  }
}
