/** The requests of the workbench, and their answers. */

import { ask } from "./api.js";

/** Return the address of an operation, relative to the page so that a proxy may put it under any prefix. */
export function address(operation) {
  return `anomalydetector/v1.1/timeseries/${operation}/detect`;
}

/** Return the body of a request; `options` holds only what the operation has and what was chosen. */
export function requestBody(points, options) {
  // JSON drops the timestamp of a point that has none.
  return { ...options, series: points.map(({ timestamp, value }) => ({ timestamp, value })) };
}

/** Send a request, with a key if there is one; return the answer and the milliseconds it took. */
export async function detect(operation, body, key, signal) {
  const start = performance.now();
  const answer = await post(address(operation), { "Content-Type": "application/json" }, JSON.stringify(body), key, signal);
  return { answer, milliseconds: performance.now() - start };
}

/** Let the server read `{data, encoding}` as `choices` say; this is not a query and not counted as usage. */
export async function readFile({ data, encoding }, choices, key, signal) {
  const headers = { "Content-Type": "application/octet-stream", ...(encoding && { "Content-Encoding": encoding }) };
  const file = await post(`ui/series?${new URLSearchParams(choices)}`, headers, data, key, signal);
  for (const { points } of file.series) points.forEach((point, at) => (point.time = timeOf(point, at)));
  return file;
}

/** Return milliseconds since 1970; points without times are one second apart. */
function timeOf({ timestamp }, at) {
  return timestamp === undefined ? (at + 1) * 1000 : Date.parse(timestamp);
}

function post(path, headers, body, key, signal) {
  return ask(path, { method: "POST", headers, body, signal }, key);
}
