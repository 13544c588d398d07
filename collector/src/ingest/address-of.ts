/** Where an agent is, of what gRPC says of its connection. */

/** The address of a peer, without the port, which is another with each connection. */
export function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, "");
}
