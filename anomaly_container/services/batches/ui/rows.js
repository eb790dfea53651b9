/** The rows of one channel as the chart wants them. */

import { parseTime } from "./times.js";

/** The columns of the chart that batches do not have. */
const ABSENT = { severity: null, confidence: null };

/**
 * Return the rows of a chart from the answer of `/batches/{id}/rows` and the band `{mean, std, threshold}` of the channel.
 *
 * A row without a value is a gap. If the time of any row cannot be read, the rows are numbered instead.
 */
export function chartRows(found, band) {
  const times = found.map(({ time }) => parseTime(time));
  const isTimed = times.length > 0 && times.every(Number.isFinite);
  const { expected, lower, upper } = edges(band);
  return found.map(({ row, time, value, flag }, at) => ({
    ...ABSENT,
    time: isTimed ? times[at] : (row + 1) * 1000,
    ...(isTimed && { timestamp: time }),
    value,
    expected,
    lower,
    upper,
    isFound: flag,
    direction: flag ? (expected !== null && value < expected ? "below" : "above") : null,
    ...(value === null && { isGap: true, isFound: false }),
  }));
}

function edges({ mean = null, std = null, threshold = null } = {}) {
  if (mean === null || std === null || threshold === null) return { expected: null, lower: null, upper: null };
  return { expected: mean, lower: mean - threshold * std, upper: mean + threshold * std };
}
