/** What lies between two points, in words. */

const WORDS = {
  yearly: "year",
  monthly: "month",
  weekly: "week",
  daily: "day",
  hourly: "hour",
  minutely: "minute",
  secondly: "second",
  // The API calls a millisecond so, as the service did.
  microsecond: "millisecond",
};

/** Return the step of a series. */
export function step({ granularity, customInterval: interval }) {
  const word = WORDS[granularity];
  if (!word) return "no regular step";
  return interval === 1 ? `every ${word}` : `every ${interval.toLocaleString("en")} ${word}s`;
}

/** Say which step the server found in a series. */
export function describeGranularity(series) {
  const { granularity, customInterval: interval, missing } = series;
  if (granularity === "none") return "The points follow no regular step: granularity “none”, points count as neighbours.";
  const field = interval === 1 ? `“${granularity}”` : `“${granularity}” with an interval of ${interval}`;
  const gaps = missing ? ` ${missing} ${missing === 1 ? "point is" : "points are"} missing.` : "";
  return `A point ${step(series)}: granularity ${field}.${gaps}`;
}
