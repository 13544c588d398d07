/** Any text as the value of a label. */

/** Longest value of a label (Kubernetes documentation, "Labels and Selectors"). */
export const maximumLabelLength = 63;

/** Lower case, letters, digits, "-", "_" and ".", beginning and ending with one of the former two; empty where nothing is left. */
export function labelText(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, maximumLabelLength);
  return plain.replace(/[^a-z0-9]+$/, "");
}

/** Whether a text may be the value of a label as it is. */
export function isLabelValue(text: string): boolean {
  return text.length <= maximumLabelLength && /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/.test(text);
}
