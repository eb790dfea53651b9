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

// What the reader of files says is said on the command line too, where a choice is an option.
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

/** Return what the reader of files says, in the words of the page. */
export function wordsOfReader({ message, line }) {
  const said = Object.entries(OPTIONS).reduce((text, [option, label]) => text.replaceAll(option, label), message);
  if (line) return `Line ${line}: ${said}`;
  return /^(is|has|holds|begins) /.test(said) ? `The text ${said}` : said[0].toUpperCase() + said.slice(1);
}

/** Return what the field says: the API's own words, and which point or how long to wait. */
export function words(error, points = []) {
  const index = /at index (\d+)/.exec(error.message)?.[1];
  const point = index === undefined ? undefined : points[Number(index)];
  const where = point ? ` That is point ${Number(index) + 1}, ${point.timestamp}.` : "";
  const wait = error.retryAfter ? ` Try again in ${error.retryAfter} s.` : "";
  return `${error.message}${where}${wait}`;
}
