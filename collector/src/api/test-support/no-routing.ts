/** A collector that knows no Ollama, and of which nobody keeps a GPU. */
import { AppError } from "@nodekeeper/shared";
import { noRouting as nothingRouted } from "../../routing/no-routing.ts";
import type { ApiServerOptions } from "../server.ts";

export const noRouting: ApiServerOptions["routing"] = {
  ...nothingRouted,
  explain: () => ({ text: "no Ollama server is known", candidates: [] }),
};

const none = async (): Promise<never> => {
  throw new AppError("NOT_FOUND", "no GPU is known here");
};

export const noReservations: ApiServerOptions["reservations"] = {
  all: () => [],
  of: () => undefined,
  reserve: none,
  release: none,
  onChanged: () => ({ [Symbol.dispose]: () => undefined }),
};
