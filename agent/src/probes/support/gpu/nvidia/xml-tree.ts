/**
 * XML as nvidia-smi prints it: elements, their texts, an attribute here and there. Read by ourselves since the format is so small: no
 * namespaces, no sections, no entities but the five that are always there, and nothing is ever fetched or expanded.
 */
import { malformed } from "../../malformed.ts";

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text directly in it, trimmed. */
  readonly text: string;
}

/** The one element at the top. Throws HOST_ANSWER_MALFORMED, with `what` in the message. */
export function parseXml(document: string, what: string): XmlElement {
  const top = openElement("", "");
  const open = [top];
  let elements = 0;
  let end = 0;
  for (const token of document.matchAll(tokens)) {
    const parent = open.at(-1) ?? top;
    parent.text += document.slice(end, token.index);
    end = token.index + token[0].length;
    const { name, attributes = "", closing, closed } = token.groups ?? {};
    if (name === undefined) continue; // a declaration or a comment
    if (closing === "/") {
      if (open.length < 2 || parent.name !== name) throw malformed(what, `</${name}> closes nothing that is open`);
      open.pop();
      continue;
    }
    elements++;
    if (elements > maximumElements || open.length > maximumDepth)
      throw malformed(what, "it has more elements than a GPU has facts");
    const element = openElement(name, attributes);
    parent.children.push(element);
    if (closed !== "/") open.push(element);
  }
  const [root] = top.children;
  if (open.length > 1) throw malformed(what, `<${open.at(-1)?.name}> is not closed: the answer was cut`);
  if (root === undefined || top.children.length > 1) throw malformed(what, "it is no XML document", document);
  return finished(root);
}

/** What lies at a path below an element, the first of each name; undefined where there is none. */
export function elementAt(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((found, name) => found?.children.find((child) => child.name === name), element);
}

/** All children of a name. */
export function elementsOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

interface OpenElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: OpenElement[];
  text: string;
}

/** A machine with 16 GPUs prints some 40 000: most of them are the clocks that each supports. */
const maximumElements = 200_000;
const maximumDepth = 32;
const tokens =
  /<(?:\?[^>]*\?|!--[\s\S]*?--|![A-Z][^<>]*|(?<closing>\/?)(?<name>[A-Za-z_][\w.-]*)(?<attributes>(?:\s+[\w:.-]+\s*=\s*"[^"<]*")*)\s*(?<closed>\/?))>/g;
const attribute = /([\w:.-]+)\s*=\s*"([^"<]*)"/g;
const entities: ReadonlyMap<string, string> = new Map([
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&amp;", "&"],
  ["&quot;", '"'],
  ["&apos;", "'"],
]);

function openElement(name: string, attributes: string): OpenElement {
  const pairs = [...attributes.matchAll(attribute)].map(([, key = "", value = ""]) => [key, decoded(value)] as const);
  return { name, attributes: Object.fromEntries(pairs), children: [], text: "" };
}

function finished({ name, attributes, children, text }: OpenElement): XmlElement {
  return { name, attributes, children: children.map(finished), text: decoded(text).trim() };
}

function decoded(text: string): string {
  return text.replaceAll(/&(?:lt|gt|amp|quot|apos);/g, (entity) => entities.get(entity) ?? entity);
}
