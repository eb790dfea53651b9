import assert from "node:assert/strict";
import { test } from "node:test";
import { chartRows } from "../../../anomaly_container/services/batches/ui/rows.js";
import { parseTime } from "../../../anomaly_container/services/batches/ui/times.js";

const MARCH = Date.UTC(2026, 2, 1);

for (const text of ["2026-03-01", "2026-03-01T00:00:00", "2026-03-01 00:00", "2026-03-01T01:00:00+01:00", "2026-03-01T00:00:00.000000Z", String(MARCH / 1000), String(MARCH), String(MARCH * 1000)])
  test(`${text} is a time in UTC`, () => assert.equal(parseTime(text), MARCH));

for (const text of ["", "noon", "1/3/2026", "12:00"]) test(`"${text}" is not a time`, () => assert.ok(Number.isNaN(parseTime(text))));

const point = (row, value, flag = false, time = "2026-03-01T00:00:00") => ({ row, time, value, flag });
const band = { mean: 20, std: 1, threshold: 4 };

test("a row has its band and the direction of its flag", () => {
  const [plain, above, below] = chartRows([point(0, 21), point(1, 30, true), point(2, 10, true)], band);
  assert.deepEqual([plain.expected, plain.lower, plain.upper, plain.direction], [20, 16, 24, null]);
  assert.deepEqual([above.direction, below.direction], ["above", "below"]);
});

test("a gap is a gap, and a channel without a band has none", () => {
  const [gap] = chartRows([point(0, null)], { flagged: 0, mean: null, std: null, threshold: null });
  assert.equal(gap.isGap, true);
  assert.equal(gap.upper, null);
  assert.equal(chartRows([point(0, 1)], undefined)[0].expected, null);
});

test("rows are numbered from 1 if a time cannot be read", () => {
  const [first, second] = chartRows([point(0, 1), point(1, 2, false, "noon")], band);
  assert.deepEqual([first.time, second.time, first.timestamp], [1000, 2000, undefined]);
});
