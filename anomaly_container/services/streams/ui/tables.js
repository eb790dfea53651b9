/** The tables of the page, made of what the container answered. */

import { cell, fill, heading, rowOf } from "./cells.js";
import { counted, number, share } from "./format.js";

const byId = (id) => document.getElementById(id);
const written = (time) => (time === null ? "" : time.slice(0, 19).replace("T", " "));
const whole = (count) => (count === null ? "" : count.toLocaleString("en"));
const SECONDS_OF_A_LONG_TIME = 120;

/** Show the last anomalies with their reasons. */
export function showAnomalies(anomalies) {
  byId("anomalies-scroll").hidden = anomalies.length === 0;
  byId("no-anomalies").hidden = anomalies.length > 0;
  fill(
    byId("anomalies"),
    anomalies.map(({ id, time, score, threshold, reasons }) =>
      rowOf(heading(written(time)), cell(number(score)), cell(number(threshold)), cell(reasons.map(reasonInWords).join("; "), "text"), cell(id, "text")),
    ),
  );
}

/** Return a reason in words: its share, and its value beside the usual one. */
export function reasonInWords({ feature, share: part, direction, value, usual }) {
  const seen = value === undefined ? "" : `: ${shown(value)}${usual === undefined ? "" : `, usually ${shown(usual)}`}`;
  return `${feature} ${direction} (${Math.round(100 * part)} %)${seen}`;
}

function shown(value) {
  if (typeof value === "number") return number(value);
  return value === null || value === "" ? "nothing" : String(value);
}

/** Show the state of each alarm. */
export function showAlarms(alarms) {
  fill(
    byId("alarms"),
    Object.entries(alarms).map(([name, state]) => {
      const last = cell(state.toLowerCase().replaceAll("_", " "), "text");
      last.dataset.alarm = state;
      return rowOf(heading(name), last);
    }),
  );
}

/** Show what waits, and how far each partition is. */
export function showLag(lag, partitions, source) {
  const one = source === "kafka" ? "record" : "byte";
  byId("lag").textContent = lag === null ? "" : `${counted(lag.waiting, one)} waiting${lag.waiting ? `, ${ago(lag.seconds)} behind` : ""}`;
  fill(byId("partitions"), partitions.map(({ partition, waiting, time }) => rowOf(heading(partition), cell(whole(waiting)), cell(written(time)))));
}

function ago(seconds) {
  return seconds < SECONDS_OF_A_LONG_TIME ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60).toLocaleString("en")} min`;
}

/** Show which features events lack. */
export function showFeatures(features, drift) {
  const changed = features.filter((feature) => feature.changed).map(({ feature }) => feature);
  byId("changed").hidden = changed.length === 0;
  byId("changed").textContent = changed.length ? `Most of the last events lack ${changed.join(", ")}.` : "";
  byId("drift").textContent = drift === null ? "" : `Mean score ${drift >= 0 ? "+" : "−"}${number(Math.abs(Number(drift.toPrecision(3))))} deviations from the training`;
  fill(
    byId("features"),
    features.map(({ feature, missing, missingInTraining, changed: isChanged }) => {
      const row = rowOf(heading(feature), cell(missing === null ? "" : percent(missing)), cell(percent(missingInTraining)));
      row.className = isChanged ? "changed" : "";
      return row;
    }),
  );
}

function percent(part) {
  return `${share(100 * part)} %`;
}

/** Show how much waits for each sink, and why one fails. */
export function showSinks(sinks) {
  fill(
    byId("sinks"),
    sinks.map(({ sink, queued, failing }) => rowOf(heading(sink), cell(whole(queued)), cell(failing ?? "works", failing === null ? "text" : "text failing"))),
  );
}

/** Show the hours that have a report as links. */
export function showReports(reports, most) {
  const links = reports.slice(0, most).map(({ hour }) => {
    const link = document.createElement("a");
    link.href = `streams/v1/reports/${encodeURIComponent(hour)}?format=html`;
    link.textContent = hour.slice(0, 16).replace("T", " ");
    return link;
  });
  byId("reports").hidden = links.length === 0;
  byId("reports").replaceChildren("Hourly reports:", ...links);
}
