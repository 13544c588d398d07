/** How simulated agents dial: the one place that knows of transport and proof. HTTP/2 by hand, since a gRPC client costs more than an agent may. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { createSecureContext } from "node:tls";
import { collectorServerName } from "@nodekeeper/shared";

/** Where the collector is, and whom to trust. */
export interface Door {
  /** HOST:PORT */
  readonly address: string;
  /** Certificates of its authorities in PEM; undefined: the local door, without TLS. */
  readonly authorities: string | undefined;
}

/** A stream to the collector. */
export interface Dialled {
  readonly stream: ClientHttp2Stream;
  /** Ends the connection at once, as a machine that loses power. */
  destroy(): void;
}

/** Makes the function that dials. `onClose` is called once, whatever ends the connection, with what gRPC said or why it broke. */
export function createDialler(door: Door): (credential: string, onClose: (reason: string) => void) => Dialled {
  const { address, authorities } = door;
  const secureContext = authorities === undefined ? undefined : createSecureContext({ ca: authorities });
  const settings = { settings: { enablePush: false } };

  function open(): ClientHttp2Session {
    if (secureContext === undefined) return connect(`http://${address}`, settings);
    return connect(`https://${address}`, { ...settings, secureContext, servername: collectorServerName });
  }

  return (credential, onClose) => {
    const session = open();
    let reason = "the connection broke";
    session.on("error", (error) => {
      reason = error.message;
    });
    const stream = session.request({
      ":method": "POST",
      ":path": "/nodekeeper.v1.CollectorService/Connect",
      "content-type": "application/grpc",
      te: "trailers",
      ...(secureContext === undefined ? {} : { authorization: `Bearer ${credential}` }),
    });
    const take = (headers: Readonly<Record<string, unknown>>): void => {
      if (headers["grpc-status"] !== undefined) reason = `status ${headers["grpc-status"]}: ${headers["grpc-message"] ?? ""}`;
    };
    stream.on("response", take); // a call that is refused at once has its trailers here
    stream.on("trailers", take);
    stream.on("error", (error) => {
      reason = error.message;
    });
    stream.on("close", () => session.destroy());
    session.on("close", () => onClose(reason));
    return { stream, destroy: () => session.destroy() };
  };
}
