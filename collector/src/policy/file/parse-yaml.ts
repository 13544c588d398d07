/** The text of a YAML file that people write, as values with their places. It says each thing once: no aliases, no anchors, one document. */
import { isAlias, LineCounter, type Node, parseDocument, visit, type YAMLError } from "yaml";
import { createProblemSheet, type ProblemSheet } from "./problem-sheet.ts";
import type { YamlValue } from "./yaml-values.ts";

/** The whole of a file. */
export interface ParsedYaml {
  readonly root: YamlValue;
  /** What is wrong with it so far. */
  readonly sheet: ProblemSheet;
}

/** Parses it. `source` is how a person finds the file. */
export function parseYaml(text: string, source: string): ParsedYaml {
  const lineCounter = new LineCounter();
  const sheet = createProblemSheet(source, lineCounter);
  const document = parseDocument<Node, true>(text, { lineCounter, prettyErrors: false, version: "1.2", stringKeys: false });
  for (const error of [...document.errors, ...document.warnings]) sheet.add(error.pos[0], yamlText(error));
  refuseAliases(document.contents, sheet);
  return { root: { node: document.contents, offset: document.contents?.range?.[0] ?? 0, path: "" }, sheet };
}

/** A few lines of them can stand for gigabytes, and a policy has nothing to say twice. */
function refuseAliases(contents: Node | null, sheet: ProblemSheet): void {
  if (contents === null) return;
  visit(contents, {
    Node(_, node) {
      const offset = node.range?.[0] ?? 0;
      if (isAlias(node)) sheet.add(offset, `*${node.source}: a policy reads no aliases; write it out`);
      else if (node.anchor !== undefined) sheet.add(offset, `&${node.anchor}: a policy reads no anchors; write it out`);
    },
  });
}

function yamlText({ code, message }: YAMLError): string {
  if (code === "DUPLICATE_KEY") return "this key stands there twice";
  if (code === "MULTIPLE_DOCS") return "a policy is one document; a second one begins here (---)";
  return `it is no YAML: ${message}`;
}
