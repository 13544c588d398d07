/** What those who look through an expression share. */
import type { Expr } from "@bufbuild/cel-spec/cel/expr/syntax_pb.js";
import type { FactType } from "./fact-type.ts";

/** What a part is checked with. */
export interface CheckContext {
  /** Variables of the lists around it. */
  readonly scope: ReadonlyMap<string, FactType>;
  /** How many lists are around it. */
  readonly depth: number;
  infer(expression: Expr | undefined, context?: CheckContext): FactType;
  complain(expression: Expr, message: string, after?: number): void;
}
