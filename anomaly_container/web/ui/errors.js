/** To which field an error of the API belongs, and what it says there. */

const FIELDS = {
  series: "data",
  value: "data",
  granularity: "granularity",
  customInterval: "customInterval",
  period: "period",
  sensitivity: "sensitivity",
  maxAnomalyRatio: "maxAnomalyRatio",
  imputeMode: "imputeMode",
  imputeFixedValue: "imputeFixedValue",
  threshold: "threshold",
  stableTrendWindow: "stableTrendWindow",
};

/** Return the name of the field beside which an error is shown; "run" is the button. */
export function fieldOf(error) {
  if (error.status === 401) return "key";
  if (/in \w+ granularity with/.test(error.message)) return "granularity";
  if (/more than 2 periods/.test(error.message)) return "period";
  if (/malformed|Ratio of missing/.test(error.message)) return "data";
  return FIELDS[/'(\w+)' field/.exec(error.message)?.[1]] ?? "run";
}

/** Return what the field says: the server's own words, and where in the file or how long to wait. */
export function words(error, points = []) {
  const index = /at index (\d+)/.exec(error.message)?.[1];
  const point = index === undefined ? undefined : points[Number(index)];
  const where = point ? ` That is point ${Number(index) + 1}, ${point.timestamp}.` : "";
  const line = error.line ? `Line ${error.line}: ` : "";
  const wait = error.retryAfter ? ` Try again in ${error.retryAfter} s.` : "";
  return `${line}${error.message}${where}${wait}`;
}
