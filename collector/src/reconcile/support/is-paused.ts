/** The annotation by which people pause us, on the namespace for everything and on a Node for that Node. */

/** Texts that do not pause. Every other does: who writes "yes" means it. */
const isOff: ReadonlySet<unknown> = new Set(["", "false"]);

/** Its name. */
export function pauseAnnotation(domain: string): string {
  return `${domain}/paused`;
}

/** Whether it is among an object's annotations, and does not say no. */
export function isPaused(annotations: Readonly<Record<string, unknown>>, domain: string): boolean {
  const value = annotations[pauseAnnotation(domain)];
  return value !== undefined && !isOff.has(typeof value === "string" ? value.trim().toLowerCase() : value);
}
