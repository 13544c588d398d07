/**
 * To which tree each page of a damaged database belongs. Two witnesses are heard: the trees themselves, from their roots downwards, and the
 * map of parents that a database keeps which vacuums itself (pointer map pages). So a page is found although the one above it is lost.
 */
import { type PageSource, pageBytes } from "./page-source.ts";
import { readTreePage, type TreePage } from "./read-page.ts";
import type { DatabaseForm } from "./table-forms.ts";

/** What is known of the pages. */
export interface PageOwners {
  /** Pages of the tree with a root, in the order in which they lie; damaged ones are among them. */
  pagesOf(rootPage: number): readonly number[];
  /** Pages that hold something and belong to no tree that is known. */
  readonly strayCount: number;
}

/** An entry of the map of parents. */
interface ParentEntry {
  readonly type: number;
  readonly parent: number;
}

const [rootType, freeType, nodeType, lastType] = [1, 2, 5, 5];
const mappedPages = Math.floor(pageBytes / 5);
const depthLimit = 32;

/** Looks at every page once or twice. */
export function findPageOwners(source: PageSource, form: DatabaseForm): PageOwners {
  const { pageCount } = source;
  const treeOfRoot = new Map<number, TreePage["tree"] | undefined>(form.otherRoots.map((root) => [root, undefined]));
  for (const { rootPage, isKeyed } of form.tables) treeOfRoot.set(rootPage, isKeyed ? "keys" : "table");
  const kindOf = new Uint8Array(pageCount + 1);
  const parents = new Map<number, readonly number[]>();
  const owner = new Uint32Array(pageCount + 1);
  for (let number = 1; number <= pageCount; number += 1) noteKind(number);

  for (const root of treeOfRoot.keys()) if (root <= pageCount && isRoot(root)) walk(root);
  for (let number = 1; number <= pageCount; number += 1) if (owner[number] === 0) adopt(number);

  const pages = new Map<number, number[]>();
  let strayCount = 0;
  for (let number = 2; number <= pageCount; number += 1) {
    const root = owner[number] ?? 0;
    const known = pages.get(root);
    if (root > 0 && known !== undefined) known.push(number);
    else if (root > 0) pages.set(root, [number]);
    else if (kindOf[number] !== 0 && entryOf(source, number)?.type === nodeType) strayCount += 1;
  }
  return { pagesOf: (rootPage) => pages.get(rootPage) ?? [], strayCount };

  function noteKind(number: number): void {
    const page = readTreePage(source.page(number), number);
    if (page === undefined || isMapPage(number)) return;
    kindOf[number] = page.tree === "table" ? 1 : 2;
    if (!page.isLeaf) parents.set(number, page.children);
  }

  /** The map says of a root that it is one; where the map is damaged, the page must at least look like it. */
  function isRoot(number: number): boolean {
    return number === 1 || (entryOf(source, number)?.type ?? rootType) === rootType;
  }

  function walk(root: number): void {
    const waiting = [root];
    for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
      if (owner[number] !== 0) continue;
      owner[number] = root;
      for (const child of parents.get(number) ?? []) if (isChild(child, number)) waiting.push(child);
    }
  }

  /** A page above says that it is above this one: it is believed unless the map says otherwise and that other page agrees. */
  function isChild(child: number, parent: number): boolean {
    if (child < 2 || child > pageCount || owner[child] !== 0 || treeOfRoot.has(child)) return false;
    const entry = entryOf(source, child);
    if (entry === undefined) return kindOf[child] === kindOf[parent];
    if (entry.type === nodeType && entry.parent === parent) return true;
    const isSaidElsewhere = entry.type === nodeType && parents.get(entry.parent)?.includes(child) === true;
    return !isSaidElsewhere && kindOf[child] === kindOf[parent];
  }

  /** A page that no tree leads to, because the page above it is damaged: the map knows that one. */
  function adopt(start: number): void {
    const path: number[] = [];
    let number = start;
    for (let depth = 0; depth < depthLimit && (owner[number] ?? 0) === 0; depth += 1) {
      const entry = number > 1 && number <= pageCount && !isMapPage(number) ? entryOf(source, number) : undefined;
      if (entry === undefined || entry.type === freeType || (entry.type !== nodeType && entry.type !== rootType)) return;
      path.push(number);
      if (entry.type === rootType) {
        if (!treeOfRoot.has(number)) return;
        owner[number] = number;
        break;
      }
      const children = parents.get(entry.parent);
      if (children !== undefined && !children.includes(number)) return; // The page above is whole, and does not know this one.
      number = entry.parent;
    }
    const root = owner[number] ?? 0;
    for (const each of path) owner[each] = root;
  }
}

function isMapPage(number: number): boolean {
  return number === mapPageOf(number);
}

/** The page of the map in which a page stands; from 2 on, one in so many pages is such a page. */
function mapPageOf(number: number): number {
  return Math.floor((number - 2) / (mappedPages + 1)) * (mappedPages + 1) + 2;
}

/** What the map says of a page; undefined where it cannot be true. */
function entryOf(source: PageSource, number: number): ParentEntry | undefined {
  const map = mapPageOf(number);
  if (number < 3 || map === number) return undefined;
  const bytes = source.page(map);
  if (bytes === undefined) return undefined;
  const at = (number - map - 1) * 5;
  const type = bytes[at] ?? 0;
  const parent = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 1);
  const isPlausible = type >= rootType && type <= lastType && parent <= source.pageCount && type <= freeType === (parent === 0);
  return isPlausible ? { type, parent } : undefined;
}
