/** Longhorn's disks on this machine: what stands behind each, its tags and whose they are, whether it takes new replicas and why. */
import type { Explanation, SubjectBody } from "@nodekeeper/shared/api";
import { formatSize } from "@nodekeeper/shared/format";
import {
  isIdle,
  type StorageDisk,
  type StorageFolder,
  type StorageTag,
  schedulingText,
  storageReading,
  waitingText,
} from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { ExplanationBody } from "../cluster/explanation-body.tsx";
import { Prose } from "../prose.tsx";

/** One card a disk; nothing on a machine without Longhorn. */
export function StorageSection(props: {
  readonly explanations: readonly Explanation[];
  readonly subjects: readonly SubjectBody[];
  readonly nowMs: number;
}): JSX.Element | null {
  const { nowMs } = props;
  const reading = storageReading(props.explanations, props.subjects);
  if (reading === undefined) return null;
  const { disks, hold, folders } = reading;
  const nodeTags = reading.nodeTags.filter(isShown);
  return (
    <section aria-labelledby="storage">
      <h2 id="storage">Longhorn storage</h2>
      {hold !== undefined && (
        <p class="doubt">
          Nothing is changed on Longhorn's node: <Prose text={hold.why} />
        </p>
      )}
      {nodeTags.length > 0 && (
        <div class="node-tags">
          <span class="quiet">Tags of the node</span> <Tags tags={nodeTags} />
        </div>
      )}
      <div class="cards wide">
        {disks.map((disk) => (
          <Disk key={disk.name} disk={disk} nowMs={nowMs} />
        ))}
      </div>
      {folders.length > 0 && (
        <ul class="findings below" aria-label="Folders of Longhorn">
          {folders.map((folder) => (
            <li key={folder.path} class="finding">
              Longhorn keeps replicas in <Behind folder={folder} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Disk(props: { readonly disk: StorageDisk; readonly nowMs: number }): JSX.Element {
  const { disk, nowMs } = props;
  const { name, scheduling, eviction, folder } = disk;
  const tags = disk.tags.filter(isShown);
  const isOpen = scheduling?.live === "true";
  const told = [
    ...(scheduling === undefined ? [] : [scheduling]),
    ...(eviction === undefined ? [] : [eviction]),
    ...tagged(disk.tags),
  ];
  return (
    <article class={`card plain ${scheduling?.live === "false" ? "degraded" : ""}`} aria-label={name}>
      <div class="card-head">
        <h3 class="card-name">{name}</h3>
        <span class={`pill ${scheduling?.live === undefined ? "unknown" : isOpen ? "ok" : "degraded"}`}>
          {schedulingText(disk)}
        </span>
      </div>
      <div class="quiet">{folder === undefined ? "its agent did not say what stands behind it" : <Behind folder={folder} />}</div>
      {eviction?.live === "true" && <div class="waits">Longhorn moves its replicas away</div>}
      <div class="tags-line">{tags.length === 0 ? <span class="quiet">no tags</span> : <Tags tags={tags} />}</div>
      {told.filter(isWorthTelling).map((one) => (
        <p key={one.item} class="storage-why">
          <Reason explanation={one} nowMs={nowMs} />
        </p>
      ))}
      {told.length > 0 && (
        <details class="evidence">
          <summary>Why it is so</summary>
          {told.map((one) => (
            <div key={one.item} class="why">
              <strong>{shortItem(one.item)}</strong> <Prose text={one.why} />
              <ExplanationBody explanation={one} nowMs={nowMs} />
            </div>
          ))}
        </details>
      )}
    </article>
  );
}

/** Each with whose it is in words, as a screen reader says it and a pointer finds it. */
function Tags(props: { readonly tags: readonly StorageTag[] }): JSX.Element {
  return (
    <ul class="tags" aria-label="Tags">
      {props.tags.map(({ tag, explanation }) => {
        const { state, words } = tagState(explanation);
        return (
          <li key={tag} class={`tag ${state}`} title={explanation.why}>
            {tag} <span class="quiet">{words}</span>
          </li>
        );
      })}
    </ul>
  );
}

/** What is neither there nor wanted is behind the fold. */
function isShown({ explanation }: StorageTag): boolean {
  return !isIdle(explanation);
}

function tagState({ live, owner, wanted }: Explanation): { readonly state: string; readonly words: string } {
  if (live === undefined)
    return wanted === "value" ? { state: "comes", words: "to come" } : { state: "away", words: "not there" };
  if (wanted === "absent" && owner !== "foreign") return { state: "goes", words: "to go" };
  return owner === "foreign" ? { state: "foreign", words: "not ours" } : { state: "ours", words: "ours" };
}

function Behind(props: { readonly folder: StorageFolder }): JSX.Element {
  const { path, mountPoint, sizeBytes, behind, isMountPoint } = props.folder;
  const place = isMountPoint || mountPoint === "" ? path : `${path} in ${mountPoint}`;
  const parts = [
    place,
    formatSize(sizeBytes),
    behind.length === 0 ? "on a disk that is not known" : `on ${behind.join(" and ")}`,
  ];
  return <>{parts.filter((part) => part !== "").join(" · ")}</>;
}

function Reason(props: { readonly explanation: Explanation; readonly nowMs: number }): JSX.Element {
  const { item, why, waiting } = props.explanation;
  return (
    <>
      <span class="quiet">{shortItem(item)}: </span>
      <Prose text={why} />
      {waiting !== undefined && (
        <span class="waits">
          {" · waits: "}
          <Prose text={waitingText(waiting, props.nowMs)} />
        </span>
      )}
    </>
  );
}

/** What is closed, to be changed, waits, or cannot be told; what is as it should be is behind the fold. */
function isWorthTelling({ item, live, owner, wanted, value, waiting, override }: Explanation): boolean {
  const isClosed = item.endsWith("/allowScheduling") && live === "false";
  const changes = wanted === "value" ? value !== live : wanted === "absent" && live !== undefined && waiting !== undefined;
  const isHeld = wanted === "hold" && owner !== "foreign"; // what is others' stays, whatever is known
  return isClosed || changes || isHeld || waiting !== undefined || override !== undefined;
}

function tagged(tags: readonly StorageTag[]): readonly Explanation[] {
  return tags.map(({ explanation }) => explanation);
}

/** Without the disk, which everybody sees. */
function shortItem(item: string): string {
  const rest = item.replace(/^disks\/[^/]+\//, "");
  if (rest === "allowScheduling") return "scheduling";
  return rest === "evictionRequested" ? "eviction" : rest.replace(/^tags\//, "tag ");
}
