/** A sentence of the collector's, which names commands and files between backticks. */
import type { JSX } from "preact";

/** The sentence; what stands between two backticks as code. */
export function Prose(props: { readonly text: string }): JSX.Element {
  const parts = props.text.split("`");
  if (parts.length % 2 === 0) return <>{props.text}</>; // one of them stands alone, and means itself
  return <>{parts.map((part, index) => (index % 2 === 0 ? part : <code key={`${index} ${part}`}>{part}</code>))}</>;
}
