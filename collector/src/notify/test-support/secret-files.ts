/** Files with secrets, in a folder that goes away. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The folder. */
export interface SecretFiles extends AsyncDisposable {
  readonly folder: string;
  /** Writes one, with a newline at its end as people do, and gives its path. */
  put(name: string, text: string): Promise<string>;
}

/** Makes it. */
export async function secretFiles(): Promise<SecretFiles> {
  const folder = await mkdtemp(join(tmpdir(), "nodekeeper-notify-"));
  return {
    folder,
    async put(name, text) {
      const file = join(folder, name);
      await writeFile(file, `${text}\n`);
      return file;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
