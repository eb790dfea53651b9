/** The formatting of numbers and times. */

const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const SHARE = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Return a number with up to six digits; very large and very small ones have an exponent. */
export function number(value) {
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e12 || size < 1e-6) ? value.toExponential(3) : NUMBER.format(value);
}

/** Return a number between 0 and 1 with two digits. */
export function share(value) {
  return SHARE.format(value);
}

/** Return a count and its noun. */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Return a text as a sentence. */
export function sentence(text) {
  return `${text[0].toUpperCase()}${text.slice(1)}${text.endsWith(".") ? "" : "."}`;
}

/**
 * Return a function that formats the time of a row: in UTC, without the parts that are zero in all rows.
 *
 * Rows without times are numbered from 1.
 */
export function timeWriter(rows) {
  if (!isTimed(rows)) return ({ time }) => String(time / 1000);
  const has = (unit) => rows.some(({ time }) => time % unit !== 0);
  const end = has(60_000) ? (has(1000) ? 23 : 19) : has(86_400_000) ? 16 : 10;
  return ({ time }) => new Date(time).toISOString().slice(0, end).replace("T", " ");
}

/** Return whether the rows of a series have times. */
export function isTimed(rows) {
  return rows[0]?.timestamp !== undefined;
}
