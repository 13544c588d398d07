/** Where a path lies, by its text. */

/** True for a folder that is the path or leads to it. */
export function isSameOrAbove(folder: string, path: string): boolean {
  return path === folder || folder === "/" || path.startsWith(`${folder}/`);
}
