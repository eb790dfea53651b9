/** Reading and writing times; a time without a zone is UTC. */

const ISO = /^(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?)?)?$/i;
const UNIX_SECONDS = /^\d{9,10}(?:\.\d+)?$/;
const UNIX_MILLISECONDS = /^\d{12,13}$/;

/**
 * Return the milliseconds since 1970 of a written time, or null where it is none.
 *
 * Read are ISO 8601 (a space for the T and slashes for the dashes too), a month, a year, and seconds or
 * milliseconds since 1970.
 */
export function parseTime(text) {
  const written = text.trim();
  if (UNIX_SECONDS.test(written)) return Number(written) * 1000;
  if (UNIX_MILLISECONDS.test(written)) return Number(written);
  const parts = ISO.exec(written);
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part, at) => Number(part ?? (at === 1 || at === 2 ? 1 : 0)));
  const milliseconds = Math.trunc(Number(`0.${parts[7] ?? 0}`) * 1000);
  const time = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const read = new Date(time);
  const isReal = read.getUTCMonth() === month - 1 && read.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return isReal ? time - offset(parts[8]) : null;
}

function offset(zone) {
  if (!zone || /^(Z|UTC)$/i.test(zone)) return 0;
  const digits = zone.slice(1).replace(":", "").padEnd(4, "0");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return (zone[0] === "-" ? -1 : 1) * minutes * 60_000;
}

/** Return a time as the API reads it. */
export function isoTime(time) {
  return new Date(time).toISOString().replace(".000Z", "Z");
}

/** Return a time as people read it, without the parts that are zero in every time of a series. */
export function timeWriter(times) {
  const has = (unit) => times.some((time) => time % unit !== 0);
  const end = has(60_000) ? (has(1000) ? 23 : 19) : has(86_400_000) ? 16 : 10;
  return (time) => new Date(time).toISOString().slice(0, end).replace("T", " ");
}
