/** The rows and the children of one page of a tree of SQLite, with every length doubted. */
import { type PageSource, pageBytes } from "./page-source.ts";
import { readVarint } from "./read-record.ts";

/** The page of a tree: of rows by number ("table"), or of keys, where rows of tables without numbers lie on every level. */
export interface TreePage {
  readonly tree: "table" | "keys";
  readonly isLeaf: boolean;
  /** Pages below it; none of a leaf. */
  readonly children: readonly number[];
  readonly cellOffsets: readonly number[];
}

/** A row as it is stored. */
export interface StoredRow {
  /** Its number; 0 in a tree of keys. */
  readonly rowId: number;
  readonly payload: Uint8Array;
}

const kinds: Readonly<Record<number, Pick<TreePage, "tree" | "isLeaf">>> = {
  2: { tree: "keys", isLeaf: false },
  5: { tree: "table", isLeaf: false },
  10: { tree: "keys", isLeaf: true },
  13: { tree: "table", isLeaf: true },
};
/** A row is no longer than this: the largest frame that an agent may send is a fraction of it. */
const maximumPayloadBytes = 64 << 20;

/** What a page is; undefined where it cannot be one of a tree. */
export function readTreePage(bytes: Uint8Array | undefined, number: number): TreePage | undefined {
  const start = number === 1 ? 100 : 0;
  const kind = bytes === undefined ? undefined : kinds[bytes[start] ?? 0];
  if (bytes === undefined || kind === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const cells = start + (kind.isLeaf ? 8 : 12);
  const cellCount = view.getUint16(start + 3);
  if (cells + cellCount * 2 > pageBytes) return undefined;
  const cellOffsets = Array.from({ length: cellCount }, (_, index) => view.getUint16(cells + index * 2));
  if (cellOffsets.some((offset) => offset < cells + cellCount * 2 || offset > pageBytes - 4)) return undefined;
  const children = kind.isLeaf ? [] : [...cellOffsets.map((offset) => view.getUint32(offset)), view.getUint32(start + 8)];
  return { ...kind, children, cellOffsets };
}

/** The row at an offset of a page, with what of it lies on pages of its own; undefined where it cannot be read. */
export function readRow(source: PageSource, bytes: Uint8Array, page: TreePage, offset: number): StoredRow | undefined {
  const start = page.tree === "keys" && !page.isLeaf ? offset + 4 : offset;
  const length = readVarint(bytes, start);
  if (length === undefined || length.value > maximumPayloadBytes) return undefined;
  const rowId = page.tree === "table" ? readVarint(bytes, length.end) : { value: 0, end: length.end };
  if (rowId === undefined) return undefined;
  const localBytes = bytesOnPage(length.value, page.tree);
  if (rowId.end + localBytes > pageBytes) return undefined;
  const payload = new Uint8Array(length.value);
  payload.set(bytes.subarray(rowId.end, rowId.end + localBytes));
  if (localBytes === length.value) return { rowId: rowId.value, payload };
  if (rowId.end + localBytes + 4 > pageBytes) return undefined;
  const firstPage = Buffer.from(bytes.buffer, bytes.byteOffset, pageBytes).readUInt32BE(rowId.end + localBytes);
  return readOverflow(source, firstPage, payload, localBytes) ? { rowId: rowId.value, payload } : undefined;
}

/** How much of a payload lies on the page of the tree. */
function bytesOnPage(length: number, tree: TreePage["tree"]): number {
  const largest = tree === "table" ? pageBytes - 35 : Math.floor(((pageBytes - 12) * 64) / 255) - 23;
  if (length <= largest) return length;
  const smallest = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
  const fitting = smallest + ((length - smallest) % (pageBytes - 4));
  return fitting <= largest ? fitting : smallest;
}

function readOverflow(source: PageSource, firstPage: number, into: Uint8Array, from: number): boolean {
  let number = firstPage;
  for (let filled = from; filled < into.length; ) {
    const bytes = number > 1 && number <= source.pageCount ? source.page(number) : undefined;
    if (bytes === undefined) return false;
    const part = bytes.subarray(4, Math.min(pageBytes, 4 + into.length - filled));
    into.set(part, filled);
    filled += part.length;
    number = Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE(0);
  }
  return number === 0;
}
