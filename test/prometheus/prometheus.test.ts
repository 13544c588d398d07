/** What deploy/prometheus asks of Prometheus, held against the metrics of a running collector by the real promtool: a name that changes fails here. */
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { repositoryPath } from "../e2e/installation.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type AlertScene, alertScenes, quietScene } from "./alert-scenes.ts";
import { labelNames, type Page, rarePage, runningPages, seriesOf } from "./pages.ts";
import { missingForPromtool, promtool, promtoolBuildLimitMs, promtoolProgram } from "./promtool.ts";

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<"summary" | "description" | "runbook", string>>;
}

interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[];
}

const deployed = (file: string): string => readFileSync(repositoryPath(`deploy/prometheus/${file}`), "utf8");
const rules = (parse(deployed("prometheus-rule.yaml")) as { readonly spec: Rules }).spec; // promtool checks it below
const alerts = rules.groups.flatMap((group) => group.rules);
const dashboards = ["nodekeeper-fleet.json", "nodekeeper-node.json"].map((file) => ({
  file,
  queries: queriesOf(deployed(file)),
}));
const expressions = [
  ...alerts.map(({ alert, expr }) => ({ where: alert, expr })),
  ...dashboards.flatMap(({ file, queries }) => queries.map((expr) => ({ where: file, expr }))),
];

const missing = await missingForPromtool();
const whyNot = missing === undefined ? "" : ` (skipped: ${missing})`;

describe.skipIf(missing !== undefined)(
  `feature 83: alert rules, dashboards and metrics agree: deploy/prometheus${whyNot}`,
  () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let texts: { readonly collector: string; readonly nodes: string };
    let page: Page;

    beforeAll(async () => {
      await promtoolProgram();
      folder = await temporaryFolder();
      await writeFile(join(folder.path, "nodekeeper-rules.yml"), stringify(rules));
      texts = await runningPages();
      page = seriesOf(texts.collector, texts.nodes, await rarePage());
    }, promtoolBuildLimitMs);
    afterAll(() => folder?.[Symbol.asyncDispose]());

    it("has rules that promtool takes, each with what it means and what to do", async () => {
      const { isContent, said } = await promtool(folder.path, ["check", "rules", "nodekeeper-rules.yml"]);

      expect(isContent, said).toBe(true);
      for (const { alert, labels, annotations } of alerts) {
        expect(labels.severity, alert).toMatch(/^(critical|warning)$/);
        for (const text of [annotations.summary, annotations.description, annotations.runbook])
          expect(text.length, alert).toBeGreaterThan(20);
      }
    });

    it("has a scrape configuration that promtool takes", async () => {
      await writeFile(join(folder.path, "prometheus.yml"), deployed("scrape-config.yaml"));

      const { isContent, said } = await promtool(folder.path, ["check", "config", "prometheus.yml"]);

      expect(isContent, said).toBe(true);
    });

    it("raises each alert in its scene, and none in a fleet that is well", async () => {
      expect(Object.keys(alertScenes).toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
      const tests = [
        ...Object.entries(alertScenes).map(([alert, scene]) => ({ name: alert, scene, fires: 1 })),
        ...alerts.map(({ alert }) => ({ name: alert, scene: quietScene, fires: 0 })),
      ].map(({ name, scene, fires }) => ({
        ...inputOf(scene),
        name,
        promql_expr_test: [
          {
            expr: `count(ALERTS{alertname="${name}",alertstate="firing"}) or vector(0)`,
            eval_time: `${scene.minutes}m`,
            exp_samples: [{ labels: "{}", value: fires }],
          },
        ],
      }));
      await writeFile(
        join(folder.path, "alerts.yml"),
        stringify({ rule_files: ["nodekeeper-rules.yml"], evaluation_interval: "1m", tests }),
      );

      const { isContent, said } = await promtool(folder.path, ["test", "rules", "alerts.yml"]);

      expect(isContent, said).toBe(true);
    });

    it("serves pages that promtool finds nothing wrong with", async () => {
      const { isContent, said } = await promtool(folder.path, ["check", "metrics"], texts.nodes);

      expect(isContent, said).toBe(true);
      expect(texts.nodes.length).toBeGreaterThan(10_000);
    });

    it("uses only names and labels that the running collector has, or that the documentation holds it to", () => {
      const documented = documentedLabels();
      const wrong = expressions.flatMap(({ where, expr }) =>
        selectorsOf(expr).flatMap(({ name, labels }) => {
          const known = page.has(name) ? labelNames(page, name) : documented.get(name.replace(/_(bucket|sum|count)$/, ""));
          if (known === undefined) return [`${where}: there is no ${name}`];
          // What Prometheus itself adds to each series.
          return labels
            .filter((label) => !known.has(label) && !["job", "instance"].includes(label))
            .map((label) => `${where}: ${name} has no label ${label}`);
        }),
      );

      expect(wrong).toEqual([]);
      expect(new Set(expressions.flatMap(({ expr }) => selectorsOf(expr).map(({ name }) => name))).size).toBeGreaterThan(40);
    });

    it("names only states that there are", () => {
      const wrong = expressions.flatMap(({ where, expr }) =>
        [...expr.matchAll(/(nodekeeper_\w+_(?:status|verdict))\{[^}]*\b(status|verdict)="(\w+)"/g)]
          .filter(([, name = "", label, state]) => !page.get(name)?.some(({ labels }) => labels.includes(`${label}="${state}"`)))
          .map(([text]) => `${where}: ${text}`),
      );

      expect(wrong).toEqual([]);
    });

    it("gives every panel of the dashboards something to show of the running collector", async () => {
      const interval = "30s";
      const input_series = [...page].flatMap(([name, series]) =>
        series
          .filter(({ value }) => Number.isFinite(Number(value)))
          .map(({ labels, value }) => ({ series: `${name}{${labels}}`, values: `${value}x40` })),
      );
      const promql_expr_test = dashboards.flatMap(({ queries }) =>
        queries.map((query) => ({
          expr: `(count(${query}) > bool 0) or vector(0)`,
          eval_time: "20m",
          exp_samples: [{ labels: "{}", value: 1 }],
        })),
      );
      expect(promql_expr_test.length).toBeGreaterThan(30);
      const tests = [{ interval, input_series, promql_expr_test }];
      await writeFile(join(folder.path, "panels.yml"), stringify({ rule_files: [], evaluation_interval: "1m", tests }));

      const { isContent, said } = await promtool(folder.path, ["test", "rules", "panels.yml"]);

      expect(isContent, said).toBe(true);
    });
  },
);

function inputOf({ series }: AlertScene): object {
  return { interval: "1m", input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })) };
}

/** The queries of a dashboard, as Grafana would send them for siberian. */
function queriesOf(text: string): readonly string[] {
  const { panels } = JSON.parse(text) as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  };
  return panels
    .flatMap(({ targets }) => targets)
    .map(({ expr }) => expr.replaceAll("$node", "siberian").replaceAll("$__rate_interval", "5m"));
}

/** Each metric of an expression with the labels that are asked of it, and those by which it is grouped or joined. */
function selectorsOf(expr: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  const common = [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(/\s*,\s*/).filter((label) => label !== ""),
  );
  const made = [...expr.matchAll(/label_replace\(.*?, "(\w+)"/g)].map((match) => match[1]);
  return [...expr.matchAll(/\b(nodekeeper_\w+)(?:\{([^}]*)\})?/g)].map(([, name = "", matchers = ""]) => ({
    name,
    labels: [
      ...[...matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1] ?? ""),
      ...common.filter((label) => !made.includes(label)),
    ],
  }));
}

/** Labels by name, as docs/metrics.md has them; other tests hold that page and the code together. */
function documentedLabels(): ReadonlyMap<string, ReadonlySet<string>> {
  const text = readFileSync(repositoryPath("docs/metrics.md"), "utf8");
  return new Map(
    [...text.matchAll(/^\| `(nodekeeper_\w+)`\s*\|([^|]*)\|/gm)].map(([, name = "", type = ""]) => [
      name,
      new Set([...type.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? "")),
    ]),
  );
}
