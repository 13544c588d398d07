/** The rest of a long list, on request: a browser is slow with thousands. */
import type { JSX } from "preact";

/** A button while not all is shown. */
export function More(props: {
  readonly count: number;
  readonly limit: number;
  readonly what: string;
  readonly onMore: () => void;
}): JSX.Element | null {
  const { count, limit, what, onMore } = props;
  if (count <= limit) return null;
  return (
    <button type="button" class="more" onClick={onMore}>
      Show more of {count.toLocaleString("en")} {what}
    </button>
  );
}
