/** What lies beside the files of a recording, with other values in it: the same replacements in every text of recording.json. */
import type { Recording } from "../recording.ts";
import type { RecordedError } from "../recording-form.ts";
import type { ServiceRequest } from "../services.ts";

/** `text` replaces what must not be there in any text. */
export function redactRecording(recording: Recording, text: (given: string) => string): Recording {
  const replace = <Answer extends object>(answer: Answer | RecordedError): Answer | RecordedError =>
    "code" in answer ? { ...answer, message: text(answer.message) } : answer;
  return {
    ...recording,
    unread: recording.unread.map(text),
    errors: recording.errors.map((error) => ({ ...error, path: text(error.path), message: text(error.message) })),
    usages: recording.usages.map(({ path, answer }) => ({ path: text(path), answer: replace(answer) })),
    commands: recording.commands.map((command) => ({
      ...command,
      args: command.args.map(text),
      answer: replace(command.answer),
    })),
    services: recording.services.map(({ request, answer }) => ({
      request: redactRequest(request, text),
      answer: replace(answer),
    })),
    holders: recording.holders.map((look) => ({
      ...look,
      answer:
        "code" in look.answer
          ? replace(look.answer)
          : { holders: look.answer.holders.map(({ pid, path }) => ({ pid, path: text(path) })) },
    })),
  };
}

function redactRequest(request: ServiceRequest, text: (given: string) => string): ServiceRequest {
  if (request.service === "ollama") {
    const at = { ...request.at, address: text(request.at.address) };
    return request.question === "show" ? { ...request, at, model: text(request.model) } : { ...request, at };
  }
  return request.question === "ping" ? { ...request, address: text(request.address) } : request;
}
