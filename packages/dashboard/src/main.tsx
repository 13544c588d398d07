/** Starts the page. */
import "uplot/dist/uPlot.min.css";
import "./styles.css";
import "./choices.css";
import "./nav.css";
import "./findings/findings.css";
import "./gpus/gpus.css";
import "./mesh/mesh.css";
import { render } from "preact";
import { App } from "./app.tsx";

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
