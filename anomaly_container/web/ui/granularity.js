/** What lies between two points: guessed from their times, and said in words. */

const UNITS = [
  ["weekly", 7 * 86_400_000, "week"],
  ["daily", 86_400_000, "day"],
  ["hourly", 3_600_000, "hour"],
  ["minutely", 60_000, "minute"],
  ["secondly", 1000, "second"],
  // The API calls a millisecond so, as the service did.
  ["microsecond", 1, "millisecond"],
];
const WORDS = new Map([
  ["yearly", "year"],
  ["monthly", "month"],
  ...UNITS.map(([granularity, , word]) => [granularity, word]),
]);
const MONTHS_PER_YEAR = 12;

/**
 * Return `{granularity, interval, gaps}` of times in milliseconds, `gaps` counting the points that are missing.
 *
 * The step is the commonest distance, if all others are multiples of it; otherwise the granularity is `none`.
 */
export function guessGranularity(times) {
  const irregular = { granularity: "none", interval: 1, gaps: 0 };
  if (times.length < 2) return irregular;
  const distances = differences(times);
  if (distances.some((distance) => distance <= 0)) return irregular;
  const months = monthNumbers(times);
  if (months) {
    const calendar = fit(differences(months));
    if (calendar && calendar.step > 0) return inMonths(calendar);
  }
  const fixed = fit(distances);
  if (!fixed) return irregular;
  const [granularity, unit] = UNITS.find(([, length]) => fixed.step % length === 0) ?? [];
  return granularity ? { granularity, interval: fixed.step / unit, gaps: fixed.gaps } : irregular;
}

function inMonths({ step, gaps }) {
  const isYearly = step % MONTHS_PER_YEAR === 0;
  return { granularity: isYearly ? "yearly" : "monthly", interval: isYearly ? step / MONTHS_PER_YEAR : step, gaps };
}

/** Return the months since year 0 where all times have one day of the month (or its last) and one time of day. */
function monthNumbers(times) {
  const dates = times.map((time) => new Date(time));
  const lastDay = (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const day = Math.max(...dates.map((date) => date.getUTCDate()));
  const isSame = (date) => date.getUTCDate() === day || (date.getUTCDate() === lastDay(date) && date.getUTCDate() < day);
  const months = dates.map((date) => date.getUTCFullYear() * MONTHS_PER_YEAR + date.getUTCMonth());
  const isMonthly = dates.every((date, at) => isSame(date) && times[at] % 86_400_000 === times[0] % 86_400_000);
  return isMonthly && differences(months).every((distance) => distance > 0) ? months : null;
}

function differences(numbers) {
  return numbers.slice(1).map((number, at) => number - numbers[at]);
}

/** Return the commonest distance and how many steps of it are missing, or null where it does not divide all. */
function fit(distances) {
  const counts = new Map();
  for (const distance of distances) counts.set(distance, (counts.get(distance) ?? 0) + 1);
  const [step] = [...counts].reduce((best, next) => (next[1] > best[1] || (next[1] === best[1] && next[0] < best[0]) ? next : best));
  if (distances.some((distance) => distance % step !== 0)) return null;
  return { step, gaps: distances.reduce((sum, distance) => sum + distance / step - 1, 0) };
}

/** Say what was guessed. */
export function describeGranularity({ granularity, interval, gaps }) {
  if (granularity === "none") return "The times follow no regular step: granularity “none”, points count as neighbours.";
  const word = WORDS.get(granularity);
  const step = interval === 1 ? `every ${word}` : `every ${interval} ${word}s`;
  const field = interval === 1 ? `“${granularity}”` : `“${granularity}” with an interval of ${interval}`;
  const missing = gaps ? ` ${gaps} ${gaps === 1 ? "point is" : "points are"} missing.` : "";
  return `A point ${step}: granularity ${field}.${missing}`;
}
