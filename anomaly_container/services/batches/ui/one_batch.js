/** The card of one batch: what is known of it, and the chart of one of its channels. */

import { Chart } from "./chart.js";
import { counted, share } from "./format.js";
import { chartRows } from "./rows.js";

const byId = (id) => document.getElementById(id);
const chart = new Chart(byId("chart"), (text) => (byId("announcement").textContent = text));

/** Show a batch and its channels, and return the channel to draw; it stays the same from batch to batch. */
export function showBatch(batch) {
  const summary = batch.summary ?? {};
  byId("shown").hidden = false;
  byId("name").textContent = batch.key;
  byId("summary").textContent = inWords(batch, summary);
  const names = Object.keys(summary.by_channel ?? {});
  const before = byId("channel").value;
  byId("channel").replaceChildren(...names.map((name) => new Option(labelOf(name, summary.by_channel[name]), name)));
  byId("channel").value = names.includes(before) ? before : (mostFlagged(summary.by_channel) ?? "");
  byId("drawn").hidden = names.length === 0;
  return byId("channel").value;
}

function labelOf(name, { flagged }) {
  return flagged ? `${name} (${flagged} flagged)` : name;
}

function mostFlagged(channels = {}) {
  const names = Object.keys(channels);
  return names.length ? names.reduce((most, name) => (channels[name].flagged > channels[most].flagged ? name : most)) : undefined;
}

function inWords(batch, { by_detector: detectors = {}, missing_columns: missing = [], bad_cells: bad = {}, encoding }) {
  const found = Object.entries(detectors).map(([name, rows]) => `${name} ${rows.toLocaleString("en")}`);
  const texts = Object.entries(bad).map(([name, cells]) => `${name} ${cells.toLocaleString("en")}`);
  return [
    `${counted(batch.anomalies, "row")} of ${batch.rows.toLocaleString("en")} flagged${found.length ? ` (${found.join(", ")})` : ""}.`,
    ...(batch.strongest ? [`Strongest: ${batch.strongest}, ${share(batch.max_severity)} times its threshold.`] : []),
    ...(missing.length ? [`Columns that are missing: ${missing.join(", ")}.`] : []),
    ...(texts.length ? [`Cells that are text: ${texts.join(", ")}.`] : []),
    ...(encoding && encoding !== "utf-8" ? [`The encoding is ${encoding}.`] : []),
    ...(batch.summary === null ? ["Its results are not published yet."] : []),
  ].join(" ");
}

/** Draw the rows of a channel. */
export function drawRows(batch, channel, found) {
  const rows = chartRows(found, batch.summary?.by_channel?.[channel]);
  byId("drawn").hidden = rows.length === 0;
  if (!rows.length) return;
  chart.show({ operation: "entire", rows, granularity: "none", interval: 1, isSameSeries: false });
  const flagged = rows.filter((row) => row.isFound).length;
  byId("chart").setAttribute(
    "aria-label",
    `Chart of ${channel}. ${counted(flagged, "value")} of ${rows.length.toLocaleString("en")} flagged. Arrow keys move from point to point, plus and minus zoom, 0 shows all.`,
  );
}

/** Draw the chart again, in the colours of another theme. */
export function redraw() {
  chart.redraw();
}

/** Wire the buttons of the chart, and call `changed` when another channel is chosen. */
export function wireBatch(changed) {
  byId("zoom-in").addEventListener("click", () => chart.zoom(0.5));
  byId("zoom-out").addEventListener("click", () => chart.zoom(2));
  byId("zoom-reset").addEventListener("click", () => chart.reset());
  byId("channel").addEventListener("change", changed);
}
