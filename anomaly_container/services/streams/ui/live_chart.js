/** The chart of scores and thresholds, which moves with the stream. */

import { number } from "./format.js";

const { uPlot } = window;
const HEIGHT = 320;
const NARROWEST = 240;

/** Return `[times, scores, thresholds, outliers]` of results, in seconds and in time order. */
export function columns(results) {
  const ordered = results.map((result) => ({ ...result, at: Date.parse(result.time) / 1000 })).toSorted((a, b) => a.at - b.at);
  return [
    ordered.map(({ at }) => at),
    ordered.map(({ score }) => score),
    ordered.map(({ threshold }) => threshold),
    ordered.map(({ score, result }) => (result === "High Outlier" ? score : null)),
  ];
}

/** Return one point in words. */
export function describe([times, scores, thresholds, outliers], at) {
  const time = new Date(times[at] * 1000).toISOString().slice(0, 19).replace("T", " ");
  const word = outliers[at] === null ? "normal" : "high outlier";
  return `${time} UTC, score ${number(scores[at])}, threshold ${number(thresholds[at])}, ${word}`;
}

/** A chart in an element; `announce` is called with the point that the keyboard or the mouse selects. */
export class LiveChart {
  constructor(holder, announce) {
    this.holder = holder;
    this.announce = announce;
    this.plot = null;
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(holder);
    holder.addEventListener("keydown", (event) => this.press(event));
  }

  /** Draw the results. */
  show(results) {
    this.data = columns(results);
    if (this.plot) this.plot.setData(this.data);
    else this.redraw();
  }

  /** Draw again, in the colours of the theme. */
  redraw() {
    if (!this.data) return;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(), this.data, this.holder);
  }

  options() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const axis = { stroke: colour("muted"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1 }, font: "12px system-ui, sans-serif" };
    return {
      ...this.size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (plot, low, high) => [Math.min(low, 0), (high || 1) * 1.1] } },
      axes: [{ ...axis, space: 90, values: timeLabels }, axis],
      series: [
        {},
        { stroke: colour("value"), width: 1.5, points: { show: false } },
        { stroke: colour("expected"), width: 1.5, dash: [6, 4], points: { show: false } },
        { stroke: colour("above"), width: 0, paths: () => null, points: { show: true, size: 9, fill: colour("above"), stroke: colour("surface") } },
      ],
    };
  }

  size() {
    return { width: Math.max(this.holder.clientWidth, NARROWEST), height: HEIGHT };
  }

  press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !this.plot || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const last = this.data[0].length - 1;
    const from = this.plot.cursor.idx ?? (step > 0 ? -1 : last + 1);
    const at = Math.min(Math.max(from + step, 0), last);
    this.plot.setCursor({ left: this.plot.valToPos(this.data[0][at], "x"), top: this.plot.valToPos(this.data[1][at], "y") });
    this.announce(describe(this.data, at));
  }
}

/** Label ticks in UTC: the time of day, with the date under the first of a day; days have only the date. */
function timeLabels(plot, ticks, axis, space, step) {
  let day = "";
  return ticks.map((seconds) => {
    const [date, time] = new Date(seconds * 1000).toISOString().split("T");
    if (step >= 86_400) return date;
    const label = time.slice(0, step < 60 ? 8 : 5);
    const isNew = date !== day;
    day = date;
    return isNew ? `${label}\n${date}` : label;
  });
}
