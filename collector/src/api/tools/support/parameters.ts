/** Parameters that several tools have. */
import { type TInteger, type TString, Type } from "typebox";

/** A model's name; `more` is said to the model after what it is. */
export function modelParameter(more = ""): TString {
  const what = "Name of the model as Ollama has it, such as llama3.1:8b; without a tag it is :latest.";
  return Type.String({ maxLength: 256, description: more === "" ? what : `${what} ${more}` });
}

/** The context in tokens. */
export function contextLengthParameter(): TInteger {
  return Type.Integer({
    minimum: 1,
    maximum: 100_000_000,
    description: "Context length (num_ctx) in tokens, such as 8192; without it, what the server takes by itself.",
  });
}
