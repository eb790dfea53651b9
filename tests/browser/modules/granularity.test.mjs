import assert from "node:assert/strict";
import { test } from "node:test";
import { gapsAfter } from "../../../anomaly_container/web/ui/gaps.js";
import { describeGranularity, step } from "../../../anomaly_container/services/univariate/ui/granularity.js";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 31, 6);

test("a line breaks where a point is missing", () => {
  const hours = [0, 1, 2, 5, 6].map((hour) => START + hour * HOUR);
  assert.deepEqual(gapsAfter(hours, "hourly", 1), [2]);
  assert.deepEqual(gapsAfter(hours, "none", 1), []);
  const months = [Date.UTC(2026, 0, 1), Date.UTC(2026, 2, 1), Date.UTC(2026, 3, 1)];
  assert.deepEqual(gapsAfter(months, "monthly", 1), [0]);
});

test("a step is said in words", () => {
  assert.equal(step({ granularity: "minutely", customInterval: 5 }), "every 5 minutes");
  assert.equal(step({ granularity: "microsecond", customInterval: 1 }), "every millisecond");
  assert.equal(step({ granularity: "none", customInterval: 1 }), "no regular step");
});

test("so is what was found", () => {
  const described = (granularity, customInterval, missing) => describeGranularity({ granularity, customInterval, missing });
  assert.equal(described("minutely", 5, 0), "A point every 5 minutes: granularity “minutely” with an interval of 5.");
  assert.match(described("daily", 1, 1), /every day.*1 point is missing/);
  assert.match(described("none", 1, 0), /no regular step/);
});
