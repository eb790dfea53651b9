/** Points and options out of JSON: a request of the API, a list of points, or a list of pairs. */

import { LineError } from "./csv.js";
import { isoTime, parseTime } from "./times.js";

const OPTIONS = [
  "granularity",
  "customInterval",
  "period",
  "sensitivity",
  "maxAnomalyRatio",
  "imputeMode",
  "imputeFixedValue",
  "threshold",
  "stableTrendWindow",
];

/** Return the points of a document, the options of a request, and a sentence about how it was read. */
export function readJson(text) {
  const document = parse(text);
  const series = Array.isArray(document) ? document : document?.series;
  if (!Array.isArray(series)) throw new Error("The JSON has no list of points and no field “series”.");
  const points = [];
  let left = 0;
  series.forEach((entry, index) => {
    const point = readPoint(entry, index);
    if (point === null) left += 1;
    else points.push(point);
  });
  const options = {};
  if (!Array.isArray(document)) {
    for (const name of OPTIONS) if (document[name] != null) options[name] = document[name];
  }
  const gaps = left ? ` ${left} ${left === 1 ? "point" : "points"} without a value left out.` : "";
  return { points, options, note: `Read as JSON.${gaps}` };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = /position (\d+)/.exec(error.message);
    const line = at ? text.slice(0, Number(at[1])).split("\n").length : text.split("\n").length;
    throw new LineError(line, "this is no JSON from here on.");
  }
}

function readPoint(entry, index) {
  const [written, value] = Array.isArray(entry) ? entry : [entry?.timestamp, entry?.value];
  const where = `Point ${index + 1}`;
  const time = typeof written === "number" ? parseTime(String(written)) : typeof written === "string" ? parseTime(written) : null;
  if (time === null) throw new Error(`${where} has no timestamp such as 2026-03-01T00:00:00Z.`);
  if (value == null) return null;
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  if (typeof number !== "number" || Number.isNaN(number)) throw new Error(`${where}: its value is no number.`);
  return { timestamp: isoTime(time), time, value: number };
}
