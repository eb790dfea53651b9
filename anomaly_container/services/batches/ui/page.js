/** The page of batches: ask the routes at intervals, and show what they answer. */

import { ask } from "./api.js";
import { showBaseline, showBatches, showDeadLetters, showPartitions, showTotals } from "./lists.js";
import { drawRows, redraw, showBatch, wireBatch } from "./one_batch.js";
import { watchState } from "./state.js";
import { offerTheme } from "./theme.js";

const SECONDS_BETWEEN = 3;
const ON_A_PAGE = 20;

const byId = (id) => document.getElementById(id);
const key = () => byId("key").value.trim();
const get = (path) => ask(path, { signal: pending?.signal }, key());

// The time that a dead letter had when its retry was asked for, by its id: it waits until another time is seen.
const asked = new Map();
let letters = [];
let listed = { batches: [], next: null, working: [] };
let before = null;
let chosen = null;
let drawn = "";
let needsKey = false;
let pending = null;
let timer = null;

/** Ask for everything that the page shows, and again after some seconds. */
async function refresh() {
  clearTimeout(timer);
  pending?.abort();
  pending = new AbortController();
  const own = pending;
  try {
    if (!document.hidden) await refreshNow();
    say("list-error", "");
  } catch (error) {
    fail("list-error", error);
  }
  if (!needsKey && own === pending) timer = setTimeout(refresh, SECONDS_BETWEEN * 1000);
}

async function refreshNow() {
  const paged = { limit: ON_A_PAGE };
  const from = before === null ? {} : { before };
  const [batches, totals, baseline, dead] = await Promise.all([
    get(`batches${queryOf({ ...paged, ...from })}`),
    get(`anomalies/summary${queryOf({})}`),
    get(`baseline/current${queryOf({})}`),
    get(`deadletters${queryOf(paged)}`),
  ]);
  acceptKey();
  listed = batches;
  showPartitions(batches);
  letters = dead.deadletters;
  showTotals(totals);
  showBaseline(baseline, batches.maturity);
  showLetters();
  if (chosen === null && batches.batches.length) chosen = batches.batches[0].id;
  showList();
  if (chosen !== null) await refreshBatch();
}

/** Return a query for the chosen partition; for all if none is chosen. */
function queryOf(parameters) {
  const partition = byId("partition").value;
  const query = new URLSearchParams(partition ? { ...parameters, partition } : parameters).toString();
  return query && `?${query}`;
}

function showList() {
  showBatches(listed.batches, listed.working, chosen, ({ id }) => choose(id));
  byId("older").hidden = listed.next === null;
  byId("newest").hidden = before === null;
}

/** Ask for the chosen batch until its rows are drawn: they are there once it is published. */
async function refreshBatch() {
  const id = chosen;
  if (drawn.startsWith(`${id} `)) return;
  const batch = await get(`batches/${id}`);
  if (id !== chosen) return;
  const channel = showBatch(batch);
  if (batch.summary === null) return;
  await draw(batch, channel);
}

async function draw(batch, channel) {
  const { rows } = await get(`batches/${batch.id}/rows?${new URLSearchParams({ channel })}`);
  if (batch.id !== chosen || channel !== byId("channel").value) return;
  drawRows(batch, channel, rows);
  drawn = `${batch.id} ${channel}`;
  byId("chart").dataset.drawn = channel;
}

/** Show another batch. */
async function choose(id) {
  chosen = id;
  drawn = "";
  showList();
  await orSay(refreshBatch);
}

async function orSay(work) {
  try {
    await work();
    say("shown-error", "");
  } catch (error) {
    fail("shown-error", error);
  }
}

function showLetters() {
  for (const [id, time] of asked) {
    if (letters.find((letter) => letter.id === id)?.last_seen !== time) asked.delete(id);
  }
  showDeadLetters(letters, asked, retry);
}

/** Ask for another attempt at a file. */
async function retry({ id, key: name, last_seen: seen }) {
  if (asked.has(id)) return;
  asked.set(id, seen);
  showLetters();
  try {
    await ask(`deadletters/${id}/retry`, { method: "POST" }, key());
    byId("done").textContent = `${name} is tried again.`;
    say("refused-error", "");
  } catch (error) {
    asked.delete(id);
    showLetters();
    fail("refused-error", error);
  }
}

function say(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = text === "";
}

/** Show an error where it belongs: that of the access key at its field, the others where the user looks. */
function fail(id, error) {
  if (error.name === "AbortError") return;
  if (error.status !== 401) {
    say(id, error.message);
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

function turn(to) {
  before = to;
  refresh();
}

offerTheme(byId("theme"), redraw);
watchState(byId("state"));
wireBatch(() => {
  drawn = "";
  orSay(refreshBatch);
});
byId("partition").addEventListener("change", () => {
  chosen = null;
  turn(null);
});
byId("older").addEventListener("click", () => turn(listed.next));
byId("newest").addEventListener("click", () => turn(null));
byId("access").addEventListener("submit", (event) => {
  event.preventDefault();
  refresh();
});
document.addEventListener("visibilitychange", () => document.hidden || needsKey || refresh());
refresh().finally(() => (document.documentElement.dataset.ready = "true"));
