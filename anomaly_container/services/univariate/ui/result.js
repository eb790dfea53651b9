/** The card of the result: its chart, its table, copies and downloads. */

import { summarise } from "./answer.js";
import { Chart } from "./chart.js";
import { asCurl, asPython, copyText } from "./copy.js";
import { asCsv, download } from "./download.js";
import { isTimed } from "./format.js";
import { fillTable } from "./table.js";
import { address } from "./request.js";

const byId = (id) => document.getElementById(id);
const chart = new Chart(byId("chart"), (text) => (byId("announcement").textContent = text));

let shown = null;

/** Show an answer `{series, operation, body, answer, milliseconds, rows}`; if there are several, they are saved as one table. */
export function showResult(result, isSeveral) {
  const isSameSeries = result.series === shown?.series;
  shown = result;
  const { operation, body, rows, answer } = result;
  byId("empty").hidden = true;
  byId("shown").hidden = false;
  byId("shown").dataset.operation = operation;
  byId("times-note").hidden = !isTimed(rows);
  chart.show({ operation, rows, granularity: body.granularity ?? "none", interval: body.customInterval ?? 1, isSameSeries });
  const count = fillTable(byId("found"), operation, rows, (row) => {
    chart.reveal(row);
    byId("chart").focus();
  });
  byId("found-scroll").hidden = count === 0;
  byId("none-found").hidden = count !== 0;
  const summary = `${result.series.name === null ? "" : `${result.series.name}: `}${summarise(operation, rows, answer)}`;
  byId("summary").textContent = summary;
  byId("took").textContent = `Answered in ${Math.round(result.milliseconds)} ms`;
  byId("save-csv").textContent = isSeveral ? "CSV of all" : "CSV";
  byId("chart").setAttribute("aria-label", `Chart. ${summary} Arrow keys move from point to point, plus and minus zoom, 0 shows all.`);
}

/** Draw the chart again, in the colours of another theme. */
export function redraw() {
  chart.redraw();
}

async function copy(button, write, needsKey) {
  try {
    await copyText(write(new URL(address(shown.operation), document.baseURI).href, shown.body, needsKey));
    byId("done").textContent = `${button.textContent.trim()}: done.`;
  } catch (error) {
    byId("done").textContent = error.message;
  }
}

function save(kind, all) {
  const name = `anomalies-${shown.operation}`;
  if (kind === "csv") {
    const text = asCsv(shown.operation, all.map(({ series, rows }) => ({ name: series.name, rows })));
    download(`${name}.csv`, new Blob([text], { type: "text/csv" }));
  } else if (kind === "json") download(`${name}.json`, new Blob([JSON.stringify(shown.answer, null, 2)], { type: "application/json" }));
  else chart.toBlob().then((blob) => download(`${name}.png`, blob));
}

/** Wire the buttons of the card; `all` returns all answers, `needsKey` whether queries carry an access key. */
export function wireResult(all, needsKey) {
  byId("zoom-in").addEventListener("click", () => chart.zoom(0.5));
  byId("zoom-out").addEventListener("click", () => chart.zoom(2));
  byId("zoom-reset").addEventListener("click", () => chart.reset());
  byId("copy-curl").addEventListener("click", (event) => copy(event.currentTarget, asCurl, needsKey()));
  byId("copy-python").addEventListener("click", (event) => copy(event.currentTarget, asPython, needsKey()));
  for (const kind of ["csv", "json", "png"]) byId(`save-${kind}`).addEventListener("click", () => save(kind, all()));
}
