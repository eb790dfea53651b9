import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, timeWriter } from "../../../anomaly_container/web/ui/format.js";

const timed = (...texts) => texts.map((timestamp) => ({ timestamp, time: Date.parse(timestamp) }));

for (const [rows, first] of [
  [timed("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"), "2026-03-01"],
  [timed("2026-03-01T00:00:00Z", "2026-03-01T00:05:00Z"), "2026-03-01 00:00"],
  [timed("2026-03-01T00:00:00Z", "2026-03-01T00:00:07Z"), "2026-03-01 00:00:00"],
  [timed("2026-03-01T00:00:00.000Z", "2026-03-01T00:00:00.250Z"), "2026-03-01 00:00:00.000"],
  [[{ time: 1000 }, { time: 2000 }], "1"],
]) test(`a time is written ${first}`, () => assert.equal(timeWriter(rows)(rows[0]), first));

test("a count has its noun", () => {
  assert.equal(counted(1, "point"), "1 point");
  assert.equal(counted(8160, "point"), "8,160 points");
  assert.equal(counted(0, "anomaly", "anomalies"), "0 anomalies");
});
