import assert from "node:assert/strict";
import { test } from "node:test";
import { asCsv } from "../../../anomaly_container/web/ui/download.js";

const row = (written, value, isFound, confidence) => ({ written, value, isFound, confidence });
const pump = { name: "pump", rows: [row("3/1/2026", 1, false, 0), row("3/2/2026", 2, true, 0.9)] };

test("a single series is a table of its points, times as they came in", () => {
  assert.equal(asCsv("changepoint", [pump]), "timestamp,value,isChangePoint,confidenceScore\n3/1/2026,1,false,0\n3/2/2026,2,true,0.9\n");
});

test("several series are one table, and a text with marks of CSV is quoted", () => {
  const other = { name: 'fan, "big"', rows: [row("1 Mar, 2026", 3, false, 0)] };
  assert.deepEqual(asCsv("changepoint", [pump, other]).split("\n"), [
    "series,timestamp,value,isChangePoint,confidenceScore",
    "pump,3/1/2026,1,false,0",
    "pump,3/2/2026,2,true,0.9",
    '"fan, ""big""","1 Mar, 2026",3,false,0',
    "",
  ]);
});

test("points without times have none", () => {
  assert.equal(asCsv("changepoint", [{ name: null, rows: [row(undefined, 1, false, 0)] }]).split("\n")[1], ",1,false,0");
});
