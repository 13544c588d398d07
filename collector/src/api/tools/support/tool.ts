/**
 * The contract of a tool: what a language model may ask of us. One implementation serves Open WebUI's tool server and MCP. Everything in it is written for
 * a model: it reads the description to choose, and the text of the answer or of the error to go on.
 */
import type { Static, TObject } from "typebox";
import type { Scope } from "../../../identity/scope.ts";
import type { RouteContext } from "../../route.ts";

/** What tools may look at. They change nothing. */
export type ToolContext = Pick<RouteContext, "findings" | "fleet" | "routing" | "gpuAnswers" | "clock">;

/** What a tool answers. */
export interface ToolAnswer {
  /** The answer in one sentence; it must stand alone. */
  readonly text: string;
  /** A few values beside it. */
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
  /** The details, the most useful first: what does not fit into the answer is cut at the end. `total`: of how many, where `items` are the first of them. */
  readonly list?: { readonly name: string; readonly items: readonly object[]; readonly total?: number };
}

/** A tool. */
export interface Tool<Parameters extends TObject = TObject> {
  /** Equal to the file's name with _ for -; what models call it. */
  readonly name: string;
  /** For people who choose tools. */
  readonly title: string;
  /** For the model: what it tells, and when to ask. */
  readonly description: string;
  readonly access: Scope;
  /** Texts, numbers and truths only, each with a description: Open WebUI passes nothing else on. */
  readonly parameters: Parameters;
  /** Throws REQUEST_INVALID or NOT_FOUND with what to ask instead. */
  handle(context: ToolContext, given: Static<Parameters>): ToolAnswer | Promise<ToolAnswer>;
}

/** Checks a tool's shape at compile time and forgets its parameters' types, so that tools fit into one list. */
export function defineTool<Parameters extends TObject>(tool: Tool<Parameters>): Tool {
  return tool as unknown as Tool; // read-parameters.ts gives each handler what its own schema describes
}
