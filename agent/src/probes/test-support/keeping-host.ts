/** A TreeHost that hands on of each file only what whoever asks for it keeps, as the real one does, and remembers what it handed on. */
import type { ReadOptions } from "../../host/host.ts";
import { TreeHost } from "./tree-host.ts";

/** For what must never be seen. */
export class KeepingHost extends TreeHost {
  /** Every text that was handed on. */
  readonly texts: string[] = [];

  override async readText(path: string, options: ReadOptions = {}): Promise<string> {
    const text = await super.readText(path);
    const kept = options.keep === undefined ? text : options.keep(text);
    if (options.keep !== undefined && options.keep(kept) !== kept) throw new Error(`what is kept of ${path} is not kept again`);
    this.texts.push(kept);
    return kept;
  }
}
