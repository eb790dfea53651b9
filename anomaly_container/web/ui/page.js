/** The workbench: wires the fields, the API, the chart and the table. */

import { rowsOf, summarise } from "./answer.js";
import { Chart } from "./chart.js";
import { asCurl, asPython, copyText } from "./copy.js";
import { asCsv, download } from "./download.js";
import { fieldOf, words } from "./errors.js";
import { chooseOperation, clearErrors, operation, options, setOptions, showError, showFields, showOutputs } from "./fields.js";
import { describeGranularity, guessGranularity } from "./granularity.js";
import { readText } from "./read.js";
import { address, ApiError, detect, requestBody } from "./request.js";
import { watchState } from "./state.js";
import { fillTable } from "./table.js";
import { offerTheme } from "./theme.js";

const READ_PAUSE = 250;
const REDRAW_PAUSE = 200;
const LARGEST_FILE = 5_000_000;

const byId = (id) => document.getElementById(id);
const announce = (text) => (byId("announcement").textContent = text);
const chart = new Chart(byId("chart"), announce);

let points = [];
let isNewSeries = true;
let hasAsked = false;
let shown = null;
let pending = null;
let timer = null;

/** Read what is in the text field: fill in what it says and what can be guessed, or say what is wrong. */
function read() {
  clearTimeout(timer);
  clearErrors();
  points = [];
  isNewSeries = true;
  hasAsked = false;
  byId("data-note").textContent = byId("granularity-note").textContent = "";
  try {
    const found = readText(byId("data").value);
    if (!found) return;
    points = found.points;
    byId("data-note").textContent = `${points.length} points. ${found.note}`;
    const guess = guessGranularity(points.map((point) => point.time));
    setOptions({ granularity: guess.granularity, customInterval: guess.interval, ...found.options });
    byId("granularity-note").textContent = describeGranularity(guess);
    suggestThreshold(found.options.threshold);
  } catch (error) {
    showError("data", error.message);
  }
  showFields();
}

/** Where nothing is given, start the threshold where the API starts. */
function suggestThreshold(given) {
  if (given === undefined) setOptions({ threshold: byId("granularity").value === "hourly" ? 0.91 : 0.9 });
}

/** Ask the API and show its answer, or its error beside the field. */
async function run() {
  clearTimeout(timer);
  pending?.abort();
  clearErrors();
  if (!points.length) {
    read();
    if (!points.length) {
      if (!byId("data-error").textContent) showError("data", "Paste a series, drop a file, or choose a sample.");
      byId("data").focus();
      return;
    }
  }
  hasAsked = true;
  pending = new AbortController();
  const own = pending;
  byId("result").setAttribute("aria-busy", "true");
  try {
    const asked = operation();
    const body = requestBody(points, options());
    const { answer, milliseconds } = await detect(asked, body, key(), own.signal);
    show({ operation: asked, body, answer, milliseconds });
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
  } finally {
    if (own === pending) byId("result").removeAttribute("aria-busy");
  }
}

function show(result) {
  const rows = rowsOf(result.operation, points, result.answer);
  shown = { ...result, rows };
  byId("empty").hidden = true;
  byId("shown").hidden = false;
  byId("shown").dataset.operation = result.operation;
  chart.show({
    operation: result.operation,
    rows,
    granularity: result.body.granularity ?? "none",
    interval: result.body.customInterval ?? 1,
    isSameSeries: !isNewSeries,
  });
  isNewSeries = false;
  const count = fillTable(byId("found"), result.operation, rows, (row) => {
    chart.reveal(row);
    byId("chart").focus();
  });
  byId("found-scroll").hidden = count === 0;
  byId("none-found").hidden = count !== 0;
  const summary = summarise(result.operation, rows, result.answer);
  byId("summary").textContent = summary;
  byId("took").textContent = `Answered in ${Math.round(result.milliseconds)} ms`;
  byId("chart").setAttribute("aria-label", `Chart. ${summary} Arrow keys move from point to point, plus and minus zoom, 0 shows all.`);
}

const key = () => byId("key").value.trim();

function fail(error) {
  const name = error.field ?? (error instanceof ApiError ? fieldOf(error) : "run");
  if (name === "key") byId("key").closest(".field").hidden = false;
  showError(name, words(error, points));
  byId(name).focus({ preventScroll: false });
}

function runSoon() {
  clearTimeout(timer);
  if (hasAsked) timer = setTimeout(run, REDRAW_PAUSE);
}

function readSoon() {
  clearTimeout(timer);
  timer = setTimeout(read, READ_PAUSE);
}

async function takeFile(file) {
  if (!file) return;
  if (file.size > LARGEST_FILE) {
    clearErrors();
    showError("data", `${file.name} is larger than 5 MB; the API takes 8640 points.`);
    return;
  }
  byId("data").value = await file.text();
  read();
}

async function takeSample(button) {
  const response = await fetch(`ui/${button.dataset.sample}.json`);
  byId("data").value = await response.text();
  chooseOperation(button.dataset.operation);
  read();
  await run();
}

async function copy(button, write) {
  try {
    await copyText(write(new URL(address(shown.operation), document.baseURI).href, shown.body, key() !== ""));
    byId("done").textContent = `${button.textContent.trim()}: done.`;
  } catch (error) {
    byId("done").textContent = error.message;
  }
}

function save(kind) {
  const name = `anomalies-${shown.operation}`;
  if (kind === "csv") download(`${name}.csv`, new Blob([asCsv(shown.operation, shown.rows)], { type: "text/csv" }));
  else if (kind === "json") download(`${name}.json`, new Blob([JSON.stringify(shown.answer, null, 2)], { type: "application/json" }));
  else chart.toBlob().then((blob) => download(`${name}.png`, blob));
}

function wireData() {
  const drop = byId("drop");
  byId("data").addEventListener("input", readSoon);
  byId("file").addEventListener("change", (event) => takeFile(event.target.files[0]).then(() => (event.target.value = "")));
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    takeFile(event.dataTransfer.files[0]);
  });
  document.querySelectorAll("[data-sample]").forEach((button) => button.addEventListener("click", () => takeSample(button)));
}

function wireForm() {
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  byId("options").addEventListener("input", () => {
    showFields();
    showOutputs();
    runSoon();
  });
}

function wireResult() {
  byId("zoom-in").addEventListener("click", () => chart.zoom(0.5));
  byId("zoom-out").addEventListener("click", () => chart.zoom(2));
  byId("zoom-reset").addEventListener("click", () => chart.reset());
  byId("copy-curl").addEventListener("click", (event) => copy(event.currentTarget, asCurl));
  byId("copy-python").addEventListener("click", (event) => copy(event.currentTarget, asPython));
  for (const kind of ["csv", "json", "png"]) byId(`save-${kind}`).addEventListener("click", () => save(kind));
}

offerTheme(byId("theme"), () => chart.redraw());
watchState(byId("state"));
wireData();
wireForm();
wireResult();
showFields();
document.documentElement.dataset.ready = "true";
