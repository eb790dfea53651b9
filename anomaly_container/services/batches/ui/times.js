/** The times of batches and of their rows. */

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?$/i;
const ZONED = /(Z|[+-]\d{2}:?\d{2})$/i;
// Seconds, milliseconds and microseconds since 1970 differ by their size.
const FROM_MILLISECONDS = 1e11;
const FROM_MICROSECONDS = 1e14;

/** Return milliseconds since 1970 of ISO 8601, UTC without a zone, or of seconds, milliseconds or microseconds; NaN of other text. */
export function parseTime(text) {
  const trimmed = text.trim();
  if (/^\d+(\.\d+)?$/.test(trimmed)) return fromEpoch(Number(trimmed));
  if (!ISO.test(trimmed)) return NaN;
  const hasClock = trimmed.length > 10;
  const iso = trimmed.replace(" ", "T");
  return Date.parse(hasClock && !ZONED.test(iso.slice(10)) ? `${iso}Z` : iso);
}

function fromEpoch(value) {
  if (value >= FROM_MICROSECONDS) return value / 1000;
  return value >= FROM_MILLISECONDS ? value : value * 1000;
}

/** Return a time of the service, without the part below a second. */
export function written(time) {
  return time.slice(0, 19).replace("T", " ");
}
