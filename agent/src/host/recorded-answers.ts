/** What a recording host was asked, and what came of it. */
import type { CommandResult, FileHolder, FilesystemUsage, HostTime } from "./host.ts";
import type { RecordedError } from "./recording-form.ts";
import type { ServiceAnswer, ServiceRequest } from "./services.ts";

/** What was asked and answered, by path or by command. */
export interface Recorded {
  readonly texts: ReadonlyMap<string, Answer<string>>;
  /** Paths among them that were read as latin1. */
  readonly binaries: ReadonlySet<string>;
  readonly listings: ReadonlyMap<string, Answer<readonly string[]>>;
  readonly links: ReadonlyMap<string, Answer<string>>;
  readonly usages: ReadonlyMap<string, Answer<FilesystemUsage>>;
  readonly commands: ReadonlyMap<string, Answer<CommandResult>>;
  /** By requestKey. */
  readonly services: ReadonlyMap<string, Answer<ServiceAnswer>>;
  /** What was asked for under such a key. */
  readonly requests: ReadonlyMap<string, ServiceRequest>;
  /** By holdersKey. */
  readonly holders: ReadonlyMap<string, Answer<readonly FileHolder[]>>;
  readonly time: HostTime;
}

/** What a question came to. */
export type Answer<Value> = { readonly value: Value } | { readonly error: RecordedError };
