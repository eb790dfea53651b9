/** The live page of a stream: ask the routes at intervals, and show what they answer. */

import { ask } from "./api.js";
import { LiveChart } from "./live_chart.js";
import { watchState } from "./state.js";
import { showAlarms, showAnomalies, showFeatures, showLag, showReports, showSinks } from "./tables.js";
import { offerTheme } from "./theme.js";

const SECONDS_BETWEEN = 2;
const SECONDS_BETWEEN_REPORTS = 30;
const MOST_ANOMALIES = 50;
const MOST_REPORTS = 12;

const byId = (id) => document.getElementById(id);
const key = () => byId("key").value.trim();
const get = (path) => ask(path, { signal: pending?.signal }, key());
const chart = new LiveChart(byId("chart"), (text) => (byId("announcement").textContent = text));

let needsKey = false;
let pending = null;
let timer = null;
let reportsAt = 0;

/** Ask for everything that the page shows, and again after some seconds. */
async function refresh() {
  clearTimeout(timer);
  pending?.abort();
  pending = new AbortController();
  const own = pending;
  try {
    if (!document.hidden) await refreshNow();
    say("scores-error", "");
  } catch (error) {
    fail(error);
  }
  if (!needsKey && own === pending) timer = setTimeout(refresh, SECONDS_BETWEEN * 1000);
}

async function refreshNow() {
  const [state, { anomalies }] = await Promise.all(["streams/v1/state", `streams/v1/anomalies?limit=${MOST_ANOMALIES}`].map(get));
  acceptKey();
  byId("name").textContent = document.title = `Stream ${state.stream}`;
  byId("reason").textContent = state.reason ?? "";
  showModel(state.model);
  showScores(state.results);
  showAlarms(state.alarms);
  showLag(state.lag, state.partitions, state.source);
  showAnomalies(anomalies);
  showFeatures(state.features, state.drift);
  showSinks(state.sinks);
  await refreshReports();
}

/** A link carries no key, so that reports are shown only if none is needed. */
async function refreshReports() {
  if (key() || Date.now() - reportsAt < SECONDS_BETWEEN_REPORTS * 1000) return;
  showReports((await get("streams/v1/reports")).reports, MOST_REPORTS);
  reportsAt = Date.now();
}

function showModel(model) {
  byId("model").textContent = model === null ? "" : `Model ${model.id}, ${model.kind}, trained on ${model.rows.toLocaleString("en")} events${model.notLoaded ? `. A newer file is not used: ${model.notLoaded}` : ""}`;
}

function showScores(results) {
  byId("drawn").hidden = results.length === 0;
  if (!results.length) return;
  chart.show(results);
  const outliers = results.filter(({ result }) => result === "High Outlier").length;
  byId("chart").setAttribute("aria-label", `Chart of the last ${results.length} scores, ${outliers} of them above the threshold. Arrow keys move from point to point.`);
  byId("chart").dataset.drawn = String(results.length);
}

function say(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = text === "";
}

/** Show an error where it belongs: that of the access key at its field, the others above the chart. */
function fail(error) {
  if (error.name === "AbortError") return;
  if (error.status !== 401) {
    say("scores-error", error.message);
    return;
  }
  const isFirst = byId("access").hidden;
  needsKey = true;
  byId("access").hidden = false;
  byId("key").setAttribute("aria-invalid", "true");
  say("key-error", error.message);
  if (isFirst) byId("key").focus();
}

function acceptKey() {
  needsKey = false;
  byId("access").hidden = true;
  byId("key").removeAttribute("aria-invalid");
  say("key-error", "");
}

offerTheme(byId("theme"), () => chart.redraw());
watchState(byId("state"));
byId("access").addEventListener("submit", (event) => {
  event.preventDefault();
  refresh();
});
document.addEventListener("visibilitychange", () => document.hidden || needsKey || refresh());
refresh().finally(() => (document.documentElement.dataset.ready = "true"));
