/** Numbers as people read them. */

const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 6 });
const SHARE = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Return a number with up to six digits; very large and very small ones by exponent. */
export function number(value) {
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e12 || size < 1e-6) ? value.toExponential(3) : NUMBER.format(value);
}

/** Return a number between 0 and 1 with two digits. */
export function share(value) {
  return SHARE.format(value);
}
