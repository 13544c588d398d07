/** The tree of a recording while it is put together: each path under the place where it physically lies on the host. */
import { dirname, join } from "node:path";
import type { Host } from "./host.ts";
import type { RecordedFile, RecordingContent } from "./recording-content.ts";

/** Files, folders and links. */
export class RecordingTree {
  readonly #host: Host;
  readonly #physical = new Map<string, string>([["/", "/"]]);
  readonly #files = new Map<string, Omit<RecordedFile, "path">>();
  readonly #folders = new Set<string>(["/"]);
  readonly #links = new Map<string, string>();

  /** `host` is asked where paths lie. */
  constructor(host: Host) {
    this.#host = host;
  }

  /** Where a path lies on the host; notes every link on the way to it. A path that is not there lies where its folder lies. */
  async follow(path: string): Promise<string> {
    const known = this.#physical.get(path);
    if (known !== undefined) return known;
    const folder = await this.follow(dirname(path));
    const straight = join(folder, path.slice(path.lastIndexOf("/") + 1));
    const place = await this.#resolve(path, straight);
    if (place !== straight) this.#links.set(straight, place);
    this.#physical.set(path, place);
    return place;
  }

  addFile(place: string, file: Omit<RecordedFile, "path">): void {
    this.#files.set(place, file);
    this.addFolder(dirname(place));
  }

  addFolder(place: string): void {
    this.#folders.add(place);
    if (place !== "/") this.addFolder(dirname(place));
  }

  /** What links lead to and nobody looked into. */
  linkTargets(): readonly string[] {
    return [...this.#links.values()];
  }

  has(place: string): boolean {
    return this.#files.has(place) || this.#folders.has(place) || this.#links.has(place);
  }

  /** Everything below the root. */
  content(): Pick<RecordingContent, "files" | "folders" | "links"> {
    for (const place of this.#links.keys()) this.addFolder(dirname(place));
    return {
      files: [...this.#files].map(([path, file]) => ({ path, ...file })),
      folders: [...this.#folders].sort(),
      links: [...this.#links].map(([path, target]) => ({ path, target })),
    };
  }

  async #resolve(path: string, straight: string): Promise<string> {
    try {
      return await this.#host.realPath(path);
    } catch {
      return straight; // not there, or not ours to see: its name is all that is known
    }
  }
}
