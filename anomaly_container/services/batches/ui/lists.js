/** The tables of batches, channels and dead letters. */

import { button, cell, fill, heading, rowOf } from "./cells.js";
import { counted, number, share } from "./format.js";
import { inWords } from "./reasons.js";
import { written } from "./times.js";

const byId = (id) => document.getElementById(id);

/** Show the batches being worked on and the committed ones; `choose` is called with the one whose name is pressed. */
export function showBatches(batches, working, chosenId, choose) {
  const committed = new Set(batches.map(({ id }) => id));
  const others = working.filter(({ id }) => !committed.has(id));
  toggle("batches", batches.length + others.length);
  fill(byId("batches"), [
    ...others.map(workingRow),
    ...batches.map((batch) => batchRow(batch, batch.id === chosenId, choose)),
  ]);
}

function workingRow({ key, rows, bytes_read: read, bytes }) {
  const name = key.replace(/^raw\//, "");
  const bar = document.createElement("progress");
  bar.max = bytes || 1;
  bar.value = read;
  bar.setAttribute("aria-label", `Progress of ${name}`);
  const last = cell("working ", "text");
  last.append(bar);
  return rowOf(heading(name), cell(""), cell(rows.toLocaleString("en")), cell(""), cell("", "text"), last);
}

function batchRow(batch, isChosen, choose) {
  const name = button(batch.key.replace(/^raw\//, ""), "link", () => choose(batch));
  name.dataset.id = batch.id;
  if (isChosen) name.setAttribute("aria-current", "true");
  const strongest = batch.strongest && `${batch.strongest} (${share(batch.max_severity)})`;
  return rowOf(
    heading(name),
    cell(written(batch.processed_at)),
    cell(batch.rows.toLocaleString("en")),
    cell(batch.anomalies.toLocaleString("en"), batch.anomalies ? "some" : ""),
    cell(strongest || "none", "text"),
    cell(batch.state, "text"),
  );
}

/** Offer the partitions of a store that is divided, under the word that says what they are. */
export function showPartitions({ partition: word, partitions = [] }) {
  const select = byId("partition");
  byId("divided").hidden = partitions.length === 0;
  if (word) byId("partition-word").textContent = word;
  const offered = new Set([...select.options].map(({ value }) => value));
  select.append(...partitions.filter((name) => !offered.has(name)).map((name) => new Option(name, name)));
}

/** Show the totals of all batches. */
export function showTotals(totals) {
  byId("totals").textContent =
    totals.files_processed === undefined
      ? ""
      : `${counted(totals.files_processed, "file")}, ${counted(totals.total_rows_scored, "row")}, ${counted(totals.total_anomalies, "row")} flagged (${share(100 * totals.overall_anomaly_rate)} %)`;
}

/** Show the baseline of each channel, and how many of the observations that it needs it has. */
export function showBaseline({ last_updated: updated, channels }, maturity) {
  const names = Object.keys(channels);
  toggle("channels", names.length);
  byId("updated").textContent = updated === null ? "" : `Learnt until ${written(updated)} UTC`;
  fill(byId("channels"), names.map((name) => channelRow(name, channels[name], maturity)));
}

function channelRow(name, { observations, mean, std, baseline_mature: isMature }, maturity) {
  const bar = document.createElement("progress");
  bar.max = maturity;
  bar.value = Math.min(observations, maturity);
  bar.setAttribute("aria-label", `Maturity of ${name}`);
  const words = document.createElement("span");
  words.className = "maturity";
  words.textContent = isMature ? "mature" : `${observations} of ${maturity}`;
  const last = cell("");
  last.append(bar, words);
  return rowOf(heading(name), cell(observations.toLocaleString("en")), cell(number(mean)), cell(number(std)), last);
}

/** Show dead letters; `retry` is called with the one whose button is pressed. `waiting` has the ids of those that wait. */
export function showDeadLetters(letters, waiting, retry) {
  toggle("dead-letters", letters.length);
  fill(byId("dead-letters"), letters.map((letter) => letterRow(letter, waiting.has(letter.id), retry)));
}

function letterRow(letter, isWaiting, retry) {
  const again = button(isWaiting ? "Waiting" : "Retry", "", () => retry(letter));
  again.dataset.id = letter.id;
  // A button that waits keeps the focus of the keyboard, which a disabled one would lose.
  again.setAttribute("aria-disabled", String(isWaiting));
  again.setAttribute("aria-label", `${again.textContent}: ${letter.key}`);
  const last = cell("");
  last.append(again);
  return rowOf(heading(letter.key), cell(written(letter.last_seen)), cell(`${letter.reason}: ${inWords(letter.reason)}`, "text"), last);
}

function toggle(name, count) {
  byId(`${name}-scroll`).hidden = count === 0;
  byId(`no-${name}`).hidden = count !== 0;
}
