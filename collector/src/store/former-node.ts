/** Under which name history lies that is of another machine than the one that bears the node's name now. */

/** No node can be called so: names have no @. */
export function formerNode(name: string, machineId: string): string {
  return `${name}@${machineId}`;
}

/** The name that the machine bore; undefined: it is a node's name itself. */
export function nameOfFormer(name: string): string | undefined {
  const at = name.indexOf("@");
  return at < 0 ? undefined : name.slice(0, at);
}

/** A name of the same kind under which there is room for what gives way: of nobody who could be named, and kept as long as everything is. */
export function freeFormer(name: string, isFree: (name: string) => boolean): string {
  const node = nameOfFormer(name) ?? name;
  for (let count = 1; ; count += 1) {
    const former = formerNode(node, `~${count}`);
    if (isFree(former)) return former;
  }
}
