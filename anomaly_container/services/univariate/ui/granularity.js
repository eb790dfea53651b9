/** The step of a series as text. */

const UNITS = {
  yearly: "year",
  monthly: "month",
  weekly: "week",
  daily: "day",
  hourly: "hour",
  minutely: "minute",
  secondly: "second",
  // The API calls a millisecond a microsecond, as the service did.
  microsecond: "millisecond",
};

/** Return the step of a series. */
export function step({ granularity, customInterval: interval }) {
  const unit = UNITS[granularity];
  if (!unit) return "no regular step";
  return interval === 1 ? `every ${unit}` : `every ${interval.toLocaleString("en")} ${unit}s`;
}

/** Return a sentence on the step that the server found in a series. */
export function describeGranularity(series) {
  const { granularity, customInterval: interval, missing } = series;
  if (granularity === "none") return "The points follow no regular step: granularity “none”, points count as neighbours.";
  const field = interval === 1 ? `“${granularity}”` : `“${granularity}” with an interval of ${interval}`;
  const gaps = missing ? ` ${missing} ${missing === 1 ? "point is" : "points are"} missing.` : "";
  return `A point ${step(series)}: granularity ${field}.${gaps}`;
}
