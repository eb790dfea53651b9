/** Text of any kind to points. */

import { readCsv } from "./csv.js";
import { readJson } from "./json.js";

/** Return `{points, options, note}`, or null for empty text; throws an error whose message says what is wrong. */
export function readText(text) {
  const written = text.replace(/^\uFEFF/, "");
  if (!written.trim()) return null;
  if (/^\s*[[{]/.test(written)) return readJson(written);
  return { options: {}, ...readCsv(written) };
}
