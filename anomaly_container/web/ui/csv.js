/** Points out of comma-, semicolon- or tab-separated text. */

import { isoTime, parseTime } from "./times.js";

const SEPARATORS = ["\t", ";", ","];
const NAMES = {
  "\t": "tab",
  ";": "semicolon",
  ",": "comma",
};
const TIME_NAME = /^(time_?stamp|timestamp_?utc|date_?time|time|date|day|month|year|week|ts|at)$/i;
const VALUE_NAME = /^(value|val|y|count|amount|total|metric|measure(ment)?)$/i;
const EMPTY = /^(|null|none|nan|na|n\/a|-)$/i;

/** Text that cannot be read, and the line where. */
export class LineError extends Error {
  constructor(line, message) {
    super(`Line ${line}: ${message}`);
    this.line = line;
  }
}

/**
 * Return the points of a table and a sentence about how it was read.
 *
 * A first row without a time is a header. Rows without a value are left out, as gaps.
 */
export function readCsv(text) {
  const separator = guessSeparator(text);
  const rows = splitRows(text, separator);
  if (!rows.length) throw new LineError(1, "there is no row.");
  const first = rows[0];
  const hasHeader = !first.cells.some((cell) => parseTime(cell) !== null);
  const header = hasHeader ? first.cells : null;
  const body = hasHeader ? rows.slice(1) : rows;
  if (!body.length) throw new LineError(first.line, "there is a header and no row below it, or no time in the row.");
  const hasDecimalComma = separator !== ",";
  const columns = guessColumns(header, body, hasDecimalComma);
  const points = [];
  let left = 0;
  for (const { cells, line } of body) {
    const time = readTime(cells[columns.time] ?? "", line);
    const written = cells[columns.value];
    if (written === undefined) throw new LineError(line, "it has no value; it may use another separator.");
    if (EMPTY.test(written)) {
      left += 1;
      continue;
    }
    const value = readNumber(written, hasDecimalComma);
    if (value === null) throw new LineError(line, `"${shorten(written)}" is no number.`);
    points.push({ timestamp: time.written, time: time.time, value, line });
  }
  return { points, note: describe(header, columns, separator, left) };
}

/** Return the separator that splits most of the first rows into the same number of cells. */
export function guessSeparator(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim()).slice(0, 20);
  const score = (separator) => {
    const counts = lines.map((line) => line.replace(/"[^"]*"/g, "").split(separator).length);
    const width = Math.max(...counts);
    return width > 1 ? counts.filter((count) => count === width).length : 0;
  };
  return SEPARATORS.reduce((best, next) => (score(next) > score(best) ? next : best), SEPARATORS[0]);
}

/** Return the rows that are not blank: their cells, unquoted, and the line each begins on. */
export function splitRows(text, separator) {
  const rows = [];
  let cells = [], cell = "", isQuoted = false, line = 1, start = 1;
  const endCell = () => {
    cells.push(cell.trim());
    cell = "";
  };
  const endRow = () => {
    endCell();
    if (cells.some((each) => each !== "")) rows.push({ cells, line: start });
    cells = [];
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (letter === "\n") line += 1;
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else isQuoted = false;
    } else if (letter === '"' && cell.trim() === "") {
      cell = "";
      isQuoted = true;
    } else if (letter === separator) endCell();
    else if (letter === "\n") {
      endRow();
      start = line;
    } else if (letter !== "\r") cell += letter;
  }
  if (isQuoted) throw new LineError(start, "a quote is opened and not closed.");
  endRow();
  return rows;
}

function guessColumns(header, body, hasDecimalComma) {
  const width = Math.max(...body.map(({ cells }) => cells.length));
  const indices = [...Array(width).keys()];
  const sample = body.slice(0, 50);
  const share = (column, test) => sample.filter(({ cells }) => test(cells[column] ?? "")).length / sample.length;
  const named = (pattern, candidates) => candidates.find((column) => pattern.test(header?.[column] ?? ""));
  const timeLike = indices.filter((column) => share(column, (cell) => parseTime(cell) !== null) >= 0.5);
  const time = named(TIME_NAME, timeLike) ?? named(TIME_NAME, indices) ?? timeLike[0];
  if (time === undefined) throw new LineError(body[0].line, "no column holds times such as 2026-03-01T00:00:00Z.");
  const others = indices.filter((column) => column !== time);
  const isNumber = (cell) => readNumber(cell, hasDecimalComma) !== null;
  const numeric = others.filter((column) => share(column, isNumber) >= 0.5);
  const value = named(VALUE_NAME, numeric) ?? numeric[0] ?? named(VALUE_NAME, others) ?? others[0];
  if (value === undefined) throw new LineError(body[0].line, "there is one column only; a time and a value are needed.");
  return { time, value };
}

function readTime(cell, line) {
  const time = parseTime(cell);
  if (time === null) throw new LineError(line, `"${shorten(cell)}" is no time such as 2026-03-01T00:00:00Z.`);
  return { time, written: isoTime(time) };
}

function readNumber(cell, hasDecimalComma) {
  const written = hasDecimalComma && /^[+-]?\d*,\d+$/.test(cell) ? cell.replace(",", ".") : cell;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written) ? Number(written) : null;
}

function shorten(cell) {
  return cell.length > 30 ? `${cell.slice(0, 30)}…` : cell;
}

function describe(header, columns, separator, left) {
  const name = (column) => (header?.[column] ? `“${header[column]}”` : `column ${column + 1}`);
  const gaps = left ? ` ${left} ${left === 1 ? "row" : "rows"} without a value left out.` : "";
  return `Time from ${name(columns.time)}, value from ${name(columns.value)}, ${NAMES[separator]}-separated.${gaps}`;
}
