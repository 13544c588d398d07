/** `nodekeeper gpu reservations`: who keeps which GPU. */
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { reservationText } from "../render/reservations.ts";

/** The command. */
export const gpuReservations: Command = defineCommand({
  name: "gpu reservations",
  operands: [],
  summary: "show who keeps which GPU for something else than models",
  options: {},
  async run({ api, nowMs, signal }) {
    const list = await api.gpuReservations(signal);
    const text = list.reservations.map((each) => reservationText(each, nowMs)).join("\n");
    return { json: list, text: text === "" ? "nobody keeps a GPU" : text, exitCode: exitCodes.ok };
  },
});
