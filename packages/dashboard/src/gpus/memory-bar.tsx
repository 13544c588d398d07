/** The memory of a GPU: a bar of who holds it, and below it the same in words. */
import type { FleetGpu } from "@nodekeeper/shared/api";
import { formatSize } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { memorySegments } from "./memory-segments.ts";

/** Both; nothing where it is not known what is free. */
export function MemoryBar(props: { readonly gpu: FleetGpu }): JSX.Element | null {
  const segments = memorySegments(props.gpu);
  if (segments.length === 0) return null;
  return (
    <div class="memory">
      <div class="memory-bar" aria-hidden="true">
        {segments.map(({ owner, label, bytes, percent }) => (
          <span
            key={`${owner} ${label}`}
            class={owner}
            style={{ width: `${percent}%` }}
            title={`${label}: ${formatSize(bytes)}`}
          />
        ))}
      </div>
      <ul class="memory-owners" aria-label="Who holds its memory">
        {segments.map(({ owner, label, bytes }) => (
          <li key={`${owner} ${label}`}>
            <span class={`swatch ${owner}`} aria-hidden="true" />
            <span class="memory-owner">{label}</span>
            <span class="amount">{formatSize(bytes)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
