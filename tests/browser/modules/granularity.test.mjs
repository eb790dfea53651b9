import assert from "node:assert/strict";
import { test } from "node:test";
import { gapsAfter } from "../../../anomaly_container/web/ui/gaps.js";
import { describeGranularity, guessGranularity } from "../../../anomaly_container/web/ui/granularity.js";

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 31, 6);
const every = (step, count = 20) => [...Array(count).keys()].map((at) => START + at * step);
const monthly = (months, day, count = 14) => [...Array(count).keys()].map((at) => {
  const last = new Date(Date.UTC(2026, at * months + 1, 0)).getUTCDate();
  return Date.UTC(2026, at * months, Math.min(day, last));
});

for (const [times, granularity, interval] of [
  [every(DAY), "daily", 1],
  [every(2 * DAY), "daily", 2],
  [every(7 * DAY), "weekly", 1],
  [every(HOUR), "hourly", 1],
  [every(5 * MINUTE), "minutely", 5],
  [every(90 * SECOND), "secondly", 90],
  [every(250), "microsecond", 250],
  [monthly(1, 1), "monthly", 1],
  [monthly(1, 31), "monthly", 1],
  [monthly(3, 15), "monthly", 3],
  [monthly(12, 1), "yearly", 1],
  [monthly(24, 1), "yearly", 2],
]) test(`${granularity} ${interval}`, () => {
  assert.deepEqual(guessGranularity(times), { granularity, interval, gaps: 0 });
});

for (const [name, times] of [
  ["off the step", [...every(HOUR), START + 20.5 * HOUR]],
  ["unsorted", every(HOUR).reverse()],
  ["twice", [START, START, START + HOUR]],
  ["one", [START]],
]) test(`none: ${name}`, () => assert.equal(guessGranularity(times).granularity, "none"));

test("gaps do not hide the step, and are counted", () => {
  const times = every(HOUR).filter((_, at) => at < 5 || at > 9);
  assert.deepEqual(guessGranularity(times), { granularity: "hourly", interval: 1, gaps: 5 });
  assert.deepEqual(gapsAfter(times, "hourly", 1), [4]);
  assert.deepEqual(gapsAfter(times, "none", 1), []);
  assert.deepEqual(gapsAfter([monthly(1, 1)[0], ...monthly(1, 1).slice(2)], "monthly", 1), [0]);
});

test("it is said in words", () => {
  assert.equal(describeGranularity({ granularity: "minutely", interval: 5, gaps: 0 }), "A point every 5 minutes: granularity “minutely” with an interval of 5.");
  assert.match(describeGranularity({ granularity: "daily", interval: 1, gaps: 1 }), /every day.*1 point is missing/);
  assert.match(describeGranularity({ granularity: "none", interval: 1, gaps: 0 }), /no regular step/);
});
