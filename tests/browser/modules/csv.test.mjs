import assert from "node:assert/strict";
import { test } from "node:test";
import { LineError, readCsv, splitRows } from "../../../anomaly_container/web/ui/csv.js";
import { readJson } from "../../../anomaly_container/web/ui/json.js";
import { readText } from "../../../anomaly_container/web/ui/read.js";
import { parseTime } from "../../../anomaly_container/web/ui/times.js";

const plain = (points) => points.map(({ timestamp, value }) => [timestamp, value]);
const WANTED = [["2026-03-01T00:00:00Z", 1.5], ["2026-03-02T00:00:00Z", 2]];

for (const [name, text] of [
  ["comma with header", "time,value\n2026-03-01,1.5\n2026-03-02,2"],
  ["comma without header", "2026-03-01,1.5\r\n2026-03-02,2\r\n"],
  ["semicolon with decimal comma", "Tag;Wert\n2026-03-01;1,5\n2026-03-02;2"],
  ["tab", "date\tn\n2026-03-01 00:00\t1.5\n2026-03-02 00:00\t2"],
  ["value column by name", "id,value,timestamp\n7,1.5,2026-03-01\n8,2,2026-03-02"],
  ["quotes", '"time","value"\n"2026-03-01","1.5"\n"2026-03-02","2"'],
  ["seconds since 1970", "ts,v\n1772323200,1.5\n1772409600,2"],
]) test(name, () => assert.deepEqual(plain(readCsv(text).points), WANTED));

test("a row without a value is a gap, and said", () => {
  const { points, note } = readCsv("time,value\n2026-03-01,1.5\n2026-03-02,\n2026-03-03,2");
  assert.equal(points.length, 2);
  assert.match(note, /1 row without a value left out/);
});

for (const [text, line] of [
  ["time,value\n2026-03-01,1\n2026-03-02,x", 3],
  ["time,value\n2026-03-01,1\n2026-02-30,2", 3],
  ["time,value\n2026-03-01,1\n\n2026-03-02", 4],
  ["time,value", 1],
  ['time,value\n"2026-03-01,1', 2],
]) test(`an error names line ${line} of ${JSON.stringify(text)}`, () => {
  assert.throws(() => readCsv(text), (error) => error instanceof LineError && error.line === line);
});

test("a quote may hold separators, quotes and line ends", () => {
  assert.deepEqual(splitRows('"a,""b""\nc",d', ",")[0].cells, ['a,"b"\nc', "d"]);
});

test("a time without a zone is UTC, with one it is moved", () => {
  assert.equal(parseTime("2026-03-01 08:00"), Date.UTC(2026, 2, 1, 8));
  assert.equal(parseTime("2026-03-01T08:00:00.250+08:00"), Date.UTC(2026, 2, 1, 0, 0, 0, 250));
  assert.equal(parseTime("2026-03-01T00:00:00-0330"), Date.UTC(2026, 2, 1, 3, 30));
  assert.equal(parseTime("2026"), Date.UTC(2026, 0, 1));
  for (const wrong of ["", "x", "2026-13-01", "2026-02-29", "12.5", "01/02/2026"]) assert.equal(parseTime(wrong), null);
});

test("JSON: a request, a list of points, a list of pairs", () => {
  const points = WANTED.map(([timestamp, value]) => ({ timestamp, value }));
  assert.deepEqual(plain(readJson(JSON.stringify(points)).points), WANTED);
  assert.deepEqual(plain(readJson(JSON.stringify(WANTED)).points), WANTED);
  const { options } = readJson(JSON.stringify({ series: points, sensitivity: 80, other: 1 }));
  assert.deepEqual(options, { sensitivity: 80 });
});

test("JSON: errors name the line or the point", () => {
  assert.throws(() => readText('[\n{"timestamp": "2026-03-01", "value": 1},\noops]'), { message: /Line 3/ });
  assert.throws(() => readText('[{"timestamp": "x", "value": 1}]'), { message: /Point 1 has no timestamp/ });
  assert.throws(() => readText('{"a": 1}'), { message: /no list of points/ });
});
