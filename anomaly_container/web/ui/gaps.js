/** The gaps in a series, where the line must break. */

const LENGTHS = {
  weekly: 7 * 86_400_000,
  daily: 86_400_000,
  hourly: 3_600_000,
  minutely: 60_000,
  secondly: 1000,
  microsecond: 1,
};
const MONTHS = { monthly: 1, yearly: 12 };

/** Return the indices of the points after which at least one is missing. */
export function gapsAfter(times, granularity, interval) {
  if (granularity === "none") return [];
  const isGap = MONTHS[granularity]
    ? (before, after) => months(after) - months(before) > MONTHS[granularity] * interval
    : (before, after) => after - before > LENGTHS[granularity] * interval;
  return times.slice(1).flatMap((time, at) => (isGap(times[at], time) ? [at] : []));
}

function months(time) {
  const date = new Date(time);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
