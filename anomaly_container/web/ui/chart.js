/** The chart: values, expected values, the band and the findings; zoom by mouse, keyboard and buttons. */

import { gapsAfter } from "./gaps.js";
import { isTimed, number } from "./format.js";
import { drawMarks } from "./marks.js";
import { showTooltip } from "./tooltip.js";

const { uPlot } = window;
const HEIGHT = 400;
const HEIGHT_ON_PHONES = 300;
const PHONE = 560;
const SMALLEST_SHARE = 0.005;

/** Return a function from names to the colours of the current theme. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
}

/** Return `[x, values, expected, upper, lower]` in seconds and in time order, with nulls for missing points, and the row of each column. */
export function columns(rows, granularity, interval) {
  const ordered = rows.toSorted((a, b) => a.time - b.time);
  const gaps = new Set(gapsAfter(ordered.map((row) => row.time), granularity, interval));
  const entries = ordered.flatMap((row, at) => (gaps.has(at) ? [row, { time: (row.time + ordered[at + 1].time) / 2, isGap: true }] : [row]));
  const column = (name) => entries.map((entry) => entry[name] ?? null);
  const data = [entries.map((entry) => entry.time / 1000), column("value"), column("expected"), column("upper"), column("lower")];
  return { data, entries };
}

/** A chart in an element; `announce` is called with a description of the point that the keyboard selects. */
export class Chart {
  constructor(holder, announce) {
    this.holder = holder;
    this.announce = announce;
    this.plot = null;
    new ResizeObserver(() => this.fit()).observe(holder);
    holder.addEventListener("keydown", (event) => this.press(event));
  }

  /** Draw an answer; the zoom is kept if the series is the same. */
  show({ operation, rows, granularity, interval, isSameSeries }) {
    const zoom = isSameSeries && this.plot ? { ...this.range() } : null;
    this.shown = { operation, rows, granularity, interval };
    const { data, entries } = columns(rows, granularity, interval);
    this.entries = entries;
    this.plot?.destroy();
    this.plot = new uPlot(this.options(operation), data, this.holder);
    this.whole = { min: data[0][0], max: data[0].at(-1) };
    if (zoom) this.zoomTo(zoom.min, zoom.max);
  }

  /** Draw again, in the colours of another theme. */
  redraw() {
    if (this.plot) this.show({ ...this.shown, isSameSeries: true });
  }

  options(operation) {
    const colour = colours();
    const axis = { stroke: colour("muted"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1 }, font: "12px system-ui, sans-serif" };
    const hasBand = operation === "entire";
    const edge = { stroke: colour("band-edge"), width: 1, points: { show: false }, show: hasBand };
    return {
      ...this.size(),
      padding: [18, 14, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { points: { size: 8 }, drag: { x: true, y: false } },
      scales: { x: { time: isTimed(this.shown.rows) }, y: { range: (plot, low, high) => this.valueRange(low, high) } },
      axes: [
        { ...axis, space: 70, values: isTimed(this.shown.rows) ? timeLabels : pointLabels },
        { ...axis, size: axisWidth, values: (plot, ticks) => ticks.map(number) },
      ],
      series: [
        {},
        { label: "Value", stroke: colour("value"), width: 1.75, points: { show: false } },
        { label: "Expected", stroke: colour("expected"), width: 1.5, dash: [6, 4], points: { show: false }, show: hasBand },
        edge,
        edge,
      ],
      bands: hasBand ? [{ series: [3, 4], fill: colour("band") }] : [],
      hooks: {
        draw: [(plot) => drawMarks(plot, this.entries, operation, colour)],
        setCursor: [(plot) => showTooltip(plot, this.entries[plot.cursor.idx])],
      },
    };
  }

  /** Leave room for the marks, and include the band of the last point. */
  valueRange(low, high) {
    const edges = this.shown.rows.filter((row) => this.shown.operation === "last" && row.expected !== null).flatMap((row) => [row.lower, row.upper]);
    const [min, max] = [Math.min(low, ...edges), Math.max(high, ...edges)];
    const room = (max - min || Math.abs(max) || 1) * 0.1;
    return [min - room, max + room];
  }

  size() {
    const width = Math.max(this.holder.clientWidth, 240);
    return { width, height: width < PHONE ? HEIGHT_ON_PHONES : HEIGHT };
  }

  fit() {
    if (this.plot && this.plot.width !== this.size().width) this.plot.setSize(this.size());
  }

  range() {
    return this.plot.scales.x;
  }

  zoomTo(min, max) {
    const length = Math.min(max - min, this.whole.max - this.whole.min);
    const start = Math.min(Math.max(min, this.whole.min), this.whole.max - length);
    this.plot.setScale("x", { min: start, max: start + length });
  }

  /** Zoom in or out around the middle of the view, or around the point under the cursor. */
  zoom(factor) {
    if (!this.plot) return;
    const { min, max } = this.range();
    const pointed = this.plot.cursor.idx == null ? null : this.plot.data[0][this.plot.cursor.idx];
    const middle = pointed !== null && pointed >= min && pointed <= max ? pointed : (min + max) / 2;
    const length = Math.max((max - min) * factor, (this.whole.max - this.whole.min) * SMALLEST_SHARE);
    this.zoomTo(middle - length / 2, middle + length / 2);
  }

  /** Show everything. */
  reset() {
    if (this.plot) this.zoomTo(this.whole.min, this.whole.max);
  }

  /** Put the cursor on a row and zoom to its surroundings. */
  reveal(row) {
    const at = this.entries.indexOf(row);
    const length = (this.whole.max - this.whole.min) / 6;
    this.zoomTo(row.time / 1000 - length / 2, row.time / 1000 + length / 2);
    this.pointAt(at);
  }

  /** Put the cursor on a point, in a microtask: a change of scale takes effect only at the end of a task. */
  pointAt(at) {
    queueMicrotask(() => {
      const [x, values] = this.plot.data;
      this.plot.setCursor({ left: this.plot.valToPos(x[at], "x"), top: this.plot.valToPos(values[at], "y") });
      this.announce(this.holder.querySelector(".tooltip")?.innerText.replaceAll("\n", ", ") ?? "");
    });
  }

  press(event) {
    const act = { "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2), 0: () => this.reset(), ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1), Escape: () => this.plot.setCursor({ left: -10, top: -10 }) }[event.key];
    if (!act || !this.plot || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  }

  /** Move the cursor to the next point, skipping gaps. */
  step(direction) {
    const { min, max } = this.range();
    const x = this.plot.data[0];
    const from = this.plot.cursor.idx;
    let at = from == null ? (direction > 0 ? x.findIndex((time) => time >= min) : x.findLastIndex((time) => time <= max)) : from + direction;
    while (this.entries[at]?.isGap) at += direction;
    if (!this.entries[at]) return;
    if (x[at] < min || x[at] > max) this.zoomTo(x[at] - (max - min) / 2, x[at] + (max - min) / 2);
    this.pointAt(at);
  }

  /** Return the chart as an image, on the background of the page. */
  toBlob() {
    const drawn = this.plot.ctx.canvas;
    const canvas = document.createElement("canvas");
    canvas.width = drawn.width;
    canvas.height = drawn.height;
    const context = canvas.getContext("2d");
    context.fillStyle = colours()("surface");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(drawn, 0, 0);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }
}

/** Label ticks in UTC: the date on the first tick of a day, else the time of day. */
function timeLabels(plot, ticks, axis, space, step) {
  let day = "";
  return ticks.map((seconds) => {
    const date = new Date(seconds * 1000);
    const iso = date.toISOString();
    if (step >= 86_400 * 360) return iso.slice(0, 4);
    if (step >= 86_400 * 28) return date.toLocaleDateString("en", { month: "short", year: "numeric", timeZone: "UTC" });
    const name = date.toLocaleDateString("en", { day: "numeric", month: "short", timeZone: "UTC" });
    if (step >= 86_400) return name;
    const time = iso.slice(11, step < 60 ? 19 : 16);
    const label = name === day ? time : `${time}\n${name}`;
    day = name;
    return label;
  });
}

/** Label ticks by the number of the point, if it is an integer. */
function pointLabels(plot, ticks) {
  return ticks.map((tick) => (Number.isInteger(tick) ? number(tick) : ""));
}

function axisWidth(plot, labels) {
  const longest = Math.max(0, ...(labels ?? []).map((label) => label.length));
  return 22 + longest * 7.2;
}

