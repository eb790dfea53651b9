/** The workbench: read a file, detect in its series, and show results and errors. */

import { rowsOf } from "./answer.js";
import { apiMessage, fieldOf, readerMessage } from "./errors.js";
import { chooseOperation, clearErrors, hasOwnSteps, offerOwnSteps, operation, options, setOptions, showError, showFields, showOutputs } from "./fields.js";
import { counted, sentence } from "./format.js";
import { describeGranularity } from "./granularity.js";
import { choices, forgetChoices, offer } from "./reading.js";
import { detect, readFile, requestBody } from "./request.js";
import { redraw, showResult, wireResult } from "./result.js";
import { SeriesList } from "./series_list.js";
import { given, giveText, watchSource } from "./source.js";
import { watchState } from "./state.js";
import { offerTheme } from "./theme.js";

const READ_PAUSE = 250;
const REDRAW_PAUSE = 200;

const byId = (id) => document.getElementById(id);
const key = () => byId("key").value.trim();
const list = new SeriesList(byId("series-list"), choose);

let series = [];
let results = [];
let chosen = 0;
let hasRun = false;
let reading = null;
let pendingRead = null;
let pendingQueries = null;
let timer = null;

const isSeveral = () => series.length > 1;

/** Discard the series, because the text or the way to read it has changed. */
function forget() {
  clearTimeout(timer);
  pendingRead?.abort();
  pendingQueries?.abort();
  clearErrors();
  series = [];
  chosen = 0;
  hasRun = false;
  reading = null;
  byId("data-note").textContent = byId("granularity-note").textContent = "";
}

/** Let the server read the input, and show what it found or what is wrong. */
function read() {
  forget();
  reading = readNow(given()).finally(showFields);
  return reading;
}

async function readNow(source) {
  if (source === null) return;
  pendingRead = new AbortController();
  const own = pendingRead;
  try {
    take(await readFile(source, choices(), key(), own.signal));
  } catch (error) {
    if (error.name !== "AbortError") showReadError(error);
  } finally {
    if (own === pendingRead) reading = null;
  }
}

function take(file) {
  series = file.series;
  const sum = (number) => series.reduce((total, one) => total + number(one), 0);
  const without = sum(({ withoutValue }) => withoutValue);
  byId("data-note").textContent = [
    `${isSeveral() ? `${counted(series.length, "series", "series")}, ` : ""}${counted(sum(({ points }) => points.length), "point")}.`,
    ...(without ? [`${counted(without, "row")} without a value.`] : []),
    ...file.notes.map(sentence),
  ].join(" ");
  byId("granularity-note").textContent = isSeveral() ? "" : describeGranularity(series[0]);
  offerOwnSteps(isSeveral());
  const { granularity, customInterval } = series[0];
  setOptions({ ...(!isSeveral() && { granularity, customInterval }), ...file.fields });
  suggestThreshold(file.fields.threshold);
}

/** Set the threshold to the default of the API if none is given. */
function suggestThreshold(given) {
  if (given === undefined) setOptions({ threshold: byId("granularity").value === "hourly" ? 0.91 : 0.9 });
}

function showReadError(error) {
  const name = offer(error) ?? (error.status === 401 ? "key" : [400, 413].includes(error.status) ? "data" : "run");
  showMessage(name, error.status === 400 ? readerMessage(error) : apiMessage(error));
}

/** Detect in each series, and show the answers, or an error beside its field. */
async function run() {
  clearTimeout(timer);
  pendingQueries?.abort();
  if (!series.length) {
    await (reading ?? read());
    if (!series.length) {
      if (given() === null) showError("data", "Paste a series, drop a file, or choose a sample.");
      document.querySelector("[aria-invalid=true]")?.focus();
      return;
    }
  }
  clearErrors();
  hasRun = true;
  pendingQueries = new AbortController();
  const own = pendingQueries;
  byId("result").setAttribute("aria-busy", "true");
  try {
    await detectAll(operation(), options(), own.signal);
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
  } finally {
    if (own === pendingQueries) byId("result").removeAttribute("aria-busy");
  }
}

/** Detect in one series after the other; an error in one does not affect the others. */
async function detectAll(queried, chosenOptions, signal) {
  results = [];
  list.show(series);
  for (const [at, one] of series.entries()) {
    list.setCaption(`${counted(series.length, "series", "series")}: asking about number ${at + 1} …`);
    results[at] = await detectOne(queried, one, chosenOptions, signal);
    list.mark(at, results[at]);
    if (at === chosen) choose(at);
  }
  list.summarise(queried, results);
  const answered = results.findIndex(({ rows }) => rows);
  if (answered < 0) fail(results[0].error, series[0].points);
  else if (!results[chosen].rows) choose(answered);
}

async function detectOne(queried, one, chosenOptions, signal) {
  const { granularity, customInterval } = one;
  const body = requestBody(one.points, { ...(hasOwnSteps() && { granularity, customInterval }), ...chosenOptions });
  try {
    const { answer, milliseconds } = await detect(queried, body, key(), signal);
    return { series: one, operation: queried, body, answer, milliseconds, rows: rowsOf(queried, one.points, answer) };
  } catch (error) {
    if (error.status !== 400) throw error;
    return { series: one, error };
  }
}

/** Show one of the series. */
function choose(at) {
  chosen = at;
  list.select(at);
  clearErrors();
  const result = results[at];
  if (!result) return;
  if (result.rows) showResult(result, list.isShown);
  else showMessage("run", `${result.series.name}: ${apiMessage(result.error, result.series.points)}`);
}

function fail(error, points) {
  const name = error.field ?? (error.status === undefined ? "run" : fieldOf(error));
  showMessage(name, apiMessage(error, points));
  byId(name).focus({ preventScroll: false });
}

function showMessage(name, text) {
  if (name === "key") byId("key").closest(".field").hidden = false;
  showError(name, text);
}

function runSoon() {
  clearTimeout(timer);
  // Each of several series costs a query, so the user decides when to run them.
  if (hasRun && !isSeveral()) timer = setTimeout(run, REDRAW_PAUSE);
}

async function takeSample(button) {
  const response = await fetch(`ui/${button.dataset.sample}.json`);
  forgetChoices();
  giveText(await response.text());
  chooseOperation(button.dataset.operation);
  await read();
  await run();
}

function wireData() {
  watchSource({
    typed() {
      forget();
      forgetChoices();
      timer = setTimeout(read, READ_PAUSE);
    },
    taken() {
      forgetChoices();
      read();
    },
    refused(text) {
      forget();
      showError("data", text);
    },
  });
  document.querySelectorAll("[data-sample]").forEach((button) => button.addEventListener("click", () => takeSample(button)));
}

function wireForm() {
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  byId("reading").addEventListener("change", read);
  byId("options").addEventListener("input", () => {
    showFields();
    showOutputs();
    runSoon();
  });
}

offerTheme(byId("theme"), redraw);
watchState(byId("state"));
wireData();
wireForm();
wireResult(() => results.filter((result) => result.rows), () => key() !== "");
showFields();
document.documentElement.dataset.ready = "true";
