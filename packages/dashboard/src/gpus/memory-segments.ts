/** The memory of a GPU as a bar of its owners. Pure. */
import type { FleetGpu } from "@nodekeeper/shared/api";

/** A part of the bar. */
export interface MemorySegment {
  readonly owner: FleetGpu["memory"][number]["owner"] | "free";
  /** What stands beside it: a model, a program, "free". */
  readonly label: string;
  readonly bytes: number;
  /** Of the whole bar, 0-100. */
  readonly percent: number;
}

/** Who holds less than the first of them is told together with others. */
const namedAtMost = 6;

const titles: Readonly<Record<MemorySegment["owner"], (name: string) => string>> = {
  ollama: (name) => (name === "ollama" ? "Ollama" : name),
  desktop: (name) => `desktop: ${name}`,
  game: (name) => `game: ${name}`,
  other: (name) => name,
  unnamed: () => "somebody, not named",
  free: () => "free",
};

/** Who holds most first, what is free last; empty where it is not known. */
export function memorySegments({
  memory,
  memoryFreeBytes,
}: Pick<FleetGpu, "memory" | "memoryFreeBytes">): readonly MemorySegment[] {
  if (memoryFreeBytes === undefined) return [];
  const rest = memory.slice(namedAtMost);
  const parts: readonly Omit<MemorySegment, "percent">[] = [
    ...memory.slice(0, namedAtMost).map(({ owner, name, bytes }) => ({ owner, label: titles[owner](name), bytes })),
    ...(rest.length === 0 ? [] : [{ owner: "other" as const, label: `${rest.length} others`, bytes: sum(rest) }]),
    { owner: "free", label: titles.free(""), bytes: memoryFreeBytes },
  ];
  const whole = sum(parts);
  return parts.map((part) => ({ ...part, percent: whole === 0 ? 0 : (100 * part.bytes) / whole }));
}

function sum(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
