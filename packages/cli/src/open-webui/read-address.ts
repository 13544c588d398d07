/** An address that somebody typed for Open WebUI, as it is to stand there. */
import { AppError } from "@nodekeeper/shared";
import { bareUrl } from "./bodies.ts";
import { shownUrl } from "./shown-url.ts";

/** Without the stroke at the end: Open WebUI puts its paths right behind it. Throws CONFIG_INVALID. */
export function readAddress(flag: string, text: string): string {
  const protocol = URL.parse(text.trim())?.protocol;
  if (protocol === "http:" || protocol === "https:") return bareUrl(text);
  throw new AppError("CONFIG_INVALID", `${flag} expects a URL such as http://NAME:11434, got "${shownUrl(text)}"`);
}

/** Each of them once. */
export function readAddresses(flag: string, texts: readonly string[]): readonly string[] {
  return [...new Set(texts.map((text) => readAddress(flag, text)))];
}
