/** Secrets and ConfigMaps: named objects that hold texts. They are written only as they were read (resourceVersion). */
import { type Fields, fieldsAt, textAt } from "@nodekeeper/shared";
import type { Api } from "./api.ts";
import { isStatus } from "./api-failure.ts";

/** Which of both. */
export type TextObjectKind = "Secret" | "ConfigMap";

/** Where one lies. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** One that is to be made. */
export interface NewObject {
  readonly kind: TextObjectKind;
  readonly at: ObjectName;
  readonly labels: Readonly<Record<string, string>>;
  /** By their keys; of a Secret decoded. */
  readonly texts: Readonly<Record<string, string>>;
}

/** One as it was read. */
export interface TextObject extends NewObject {
  /** Changes with every write. */
  readonly resourceVersion: string;
  /** All of it, so that what others wrote into it stays. */
  readonly whole: Fields;
}

/** Reads one; undefined where there is none. */
export async function readObject(
  api: Api,
  kind: TextObjectKind,
  at: ObjectName,
  signal: AbortSignal,
): Promise<TextObject | undefined> {
  try {
    return textObject(kind, at, await api.ask({ method: "GET", path: pathOf(kind, at) }, signal));
  } catch (thrown) {
    if (isStatus(thrown, 404)) return undefined;
    throw thrown;
  }
}

/** Makes one. */
export async function createObject(api: Api, { kind, at, labels, texts }: NewObject, signal: AbortSignal): Promise<TextObject> {
  const body = { apiVersion: "v1", kind, metadata: { ...at, labels }, data: encoded(kind, texts) };
  return textObject(kind, at, await api.ask({ method: "POST", path: folderOf(kind, at), body }, signal));
}

/** Sets texts and labels of one as it was read, and leaves everything else in it as it is. */
export async function replaceObject(
  api: Api,
  { kind, at, whole, resourceVersion }: TextObject,
  { texts, labels }: Pick<TextObject, "texts" | "labels">,
  signal: AbortSignal,
): Promise<TextObject> {
  const read = fieldsAt(whole, "metadata");
  const metadata = { ...read, labels: { ...fieldsAt(read, "labels"), ...labels }, resourceVersion };
  const body = { ...whole, metadata, data: { ...fieldsAt(whole, "data"), ...encoded(kind, texts) } };
  return textObject(kind, at, await api.ask({ method: "PUT", path: pathOf(kind, at), body }, signal));
}

const resources: Readonly<Record<TextObjectKind, string>> = { Secret: "secrets", ConfigMap: "configmaps" };

function folderOf(kind: TextObjectKind, { namespace }: ObjectName): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resources[kind]}`;
}

function pathOf(kind: TextObjectKind, at: ObjectName): string {
  return `${folderOf(kind, at)}/${encodeURIComponent(at.name)}`;
}

function textObject(kind: TextObjectKind, at: ObjectName, whole: Fields): TextObject {
  const metadata = fieldsAt(whole, "metadata");
  const texts = texted(fieldsAt(whole, "data"));
  return {
    ...{ kind, at, whole, labels: texted(fieldsAt(metadata, "labels")) },
    texts: kind === "Secret" ? mapTexts(texts, (text) => Buffer.from(text, "base64").toString()) : texts,
    resourceVersion: textAt(metadata, "resourceVersion") ?? "",
  };
}

function encoded(kind: TextObjectKind, texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return kind === "Secret" ? mapTexts(texts, (text) => Buffer.from(text).toString("base64")) : texts;
}

function texted(fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
}

function mapTexts(texts: Readonly<Record<string, string>>, map: (text: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, map(text)]));
}
