/** How objects of the cluster say that they are ours. */

/** On every object that the collector writes as a whole. */
export const ownLabels: Readonly<Record<string, string>> = { "app.kubernetes.io/managed-by": "nodekeeper" };

/** Whether an object bears them. */
export function isOurs(labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(ownLabels).every(([key, value]) => labels[key] === value);
}
