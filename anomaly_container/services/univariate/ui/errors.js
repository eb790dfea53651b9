/** The errors of the API: their fields on the page, and their messages there. */

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

// The messages of the file reader are also those of the command line, where a choice is an option.
const OPTIONS = {
  "--timestamp-column": "“Column of the times”",
  "--value-column": "“Column of the values”",
  "--by": "“A series for each”",
  "--date-order": "“Dates are written”",
  "--sort": "“Sort by time”",
  "--no-times": "“No times”",
};

/** Return the name of the field beside which an error is shown; "run" is the button. */
export function fieldOf(error) {
  if (error.status === 401) return "key";
  if (/in \w+ granularity with/.test(error.message)) return "granularity";
  if (/more than 2 periods/.test(error.message)) return "period";
  if (/malformed|Ratio of missing/.test(error.message)) return "data";
  return FIELDS[/'(\w+)' field/.exec(error.message)?.[1]] ?? "run";
}

/** Return a message of the file reader, with the labels of the page. */
export function readerMessage({ message, line }) {
  const text = Object.entries(OPTIONS).reduce((result, [option, label]) => result.replaceAll(option, label), message);
  if (line) return `Line ${line}: ${text}`;
  return /^(is|has|holds|begins) /.test(text) ? `The text ${text}` : text[0].toUpperCase() + text.slice(1);
}

/** Return the message beside a field: that of the API, and the point that it is about or the time to wait. */
export function apiMessage(error, points = []) {
  const index = /at index (\d+)/.exec(error.message)?.[1];
  const point = index === undefined ? undefined : points[Number(index)];
  const where = point ? ` That is point ${Number(index) + 1}, ${point.timestamp}.` : "";
  const wait = error.retryAfter ? ` Try again in ${error.retryAfter} s.` : "";
  return `${error.message}${where}${wait}`;
}
