/** Login names by number. Source: /etc/passwd, of which only these two columns are taken: the rest is nobody's business. */

/** Where they stand. */
export const passwdPath: string = "/etc/passwd";

/** Lines `name:uid` out of passwd(5); lines of another form are left out. What it made it makes to the same again. */
export function keepUserNames(text: string): string {
  return [...text.matchAll(line)].map(([, name, uid]) => `${name}:${uid}\n`).join("");
}

/** The first name of a number; undefined where there is none. */
export function userName(kept: string, uid: number): string | undefined {
  const found = [...kept.matchAll(line)].find(([, , each]) => Number(each) === uid);
  return found?.[1];
}

/** `name:password:uid:…`, or what was kept of it. */
const line = /^([^:\s][^:\n]*):(?:[^:\n]*:)?(\d{1,10})(?::.*)?$/gm;
