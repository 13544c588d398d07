/** What one run of the probe `ollama` reads. */
import type { OllamaServer, ProcessOwner } from "@nodekeeper/proto";
import type { AppError } from "@nodekeeper/shared";
import type { Reading } from "../../../host/reading.ts";
import type { ServerAnswers } from "./ask-server.ts";
import type { ServerSearch } from "./find-server.ts";
import type { Listening } from "./listening.ts";
import type { KnownDetails } from "./models.ts";
import type { RawServerUnit } from "./server-unit.ts";

/** All of it. */
export interface RawOllama {
  /** Undefined where there is none. */
  readonly unit: RawServerUnit | undefined | AppError;
  /** Whether it is started at boot; undefined while the server runs, and where that could not be told. */
  readonly isUnitEnabled: boolean | undefined;
  /** The running server, or why none is known. */
  readonly server: RawServer | Exclude<ServerSearch, { readonly kind: "found" }>;
  readonly known: KnownDetails;
  /** The machine's own clock. */
  readonly nowMs: number;
}

/** A server that runs. */
export interface RawServer {
  readonly kind: "found";
  readonly owner: ProcessOwner;
  /** What an earlier run read of the same process, which does not change while it runs. */
  readonly before: OllamaServer | undefined;
  /** The named variables of its environment; undefined where `before` has them. */
  readonly environment: Reading | undefined;
  readonly listening: Listening | AppError;
  /** Undefined where there is no address at which it can be asked from here. */
  readonly answers: ServerAnswers | undefined;
}
