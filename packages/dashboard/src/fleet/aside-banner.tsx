/** Somebody works on nodes, or nobody is told: what one should know before one reads the rest. */
import type { NotificationOverview } from "@nodekeeper/shared/api";
import { counted, namesText } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import type { Deciding } from "../findings/deciding.ts";
import { DecisionLine } from "../findings/decision-lines.tsx";
import { maintenances } from "../findings/decision-text.ts";
import { notificationTroubles } from "../notifications/notification-troubles.ts";
import { Prose } from "../prose.tsx";
import { nodeLink, pages } from "../route.ts";

/** Nodes in maintenance that are named one by one. */
const namedAtOnce = 4;

/** A list; nothing where there is nothing to say. */
export function AsideBanner(props: {
  readonly notifications: NotificationOverview | undefined;
  readonly deciding: Deciding;
  readonly nowMs: number;
}): JSX.Element | null {
  const { notifications, deciding, nowMs } = props;
  const troubles = notificationTroubles(notifications);
  const works = [...maintenances(deciding.decisions ?? [], nowMs)];
  if (troubles.length + works.length === 0) return null;
  const isMany = works.length > namedAtOnce;
  return (
    <section aria-label="Maintenance and notifications">
      <ul class="findings">
        {troubles.map((text) => (
          <li key={text} class="finding medium">
            <div class="finding-text">
              <Prose text={text} />
            </div>
            <div class="finding-action">
              <a href={pages.notifications}>Look at the notifications</a>
            </div>
          </li>
        ))}
        {isMany && (
          <li class="finding works">
            <div class="finding-text">Somebody works on {counted(works.length, "node")}</div>
            <div class="quiet">
              {namesText(
                works.map(([node]) => node),
                namedAtOnce,
              )}{" "}
              · <a href={pages.findings}>all decisions</a>
            </div>
          </li>
        )}
        {!isMany &&
          works.map(([node, decision]) => (
            <li key={decision.id} class="finding works">
              <strong>{node === "" ? "All nodes" : <a href={nodeLink(node)}>{node}</a>}</strong>{" "}
              <DecisionLine decision={decision} deciding={deciding} nowMs={nowMs} />
            </li>
          ))}
      </ul>
    </section>
  );
}
