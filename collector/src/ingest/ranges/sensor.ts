/** What the kind of the probe `sensors` may be. */
import { type Sensor, SensorType, SensorTypeSchema } from "@nodekeeper/proto";
import { type Check, known, type MessageChecks, message, text, within } from "../check.ts";
import { celsius } from "./limits.ts";

const fields: MessageChecks<Sensor> = {
  chip: text(128),
  label: text(128),
  type: known(SensorTypeSchema),
  device: text(128),
  maximum: within(-1e9, 1e9),
  critical: within(-1e9, 1e9),
};

/** Limits of a temperature are temperatures. */
const temperatureFields: MessageChecks<Sensor> = {
  ...fields,
  maximum: within(celsius.minimum, celsius.maximum),
  critical: within(celsius.minimum, celsius.maximum),
};

const anySensor = message(fields);
const temperatureSensor = message(temperatureFields);

export const sensor: Check<Sensor> = (value, problems) =>
  value.type === SensorType.TEMPERATURE ? temperatureSensor(value, problems) : anySensor(value, problems);
