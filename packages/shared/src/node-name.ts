/** Names of nodes: Kubernetes node names are DNS subdomains; host names of other machines may have capitals and underscores. */

/** The form of a node's name. */
export function isNodeName(text: string): boolean {
  return /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/.test(text);
}
