/** The tooltip of the point under the cursor. */

import { isTimed, number, share, timeWriter } from "./format.js";

const DISTANCE = 14;

/** Return the lines of the tooltip of a row: a heading and its numbers. */
export function describeRow(row) {
  const time = timeWriter([row])(row);
  const lines = [["", isTimed([row]) ? `${time} UTC` : `Point ${time}`], ["Value", number(row.value)]];
  if (row.expected !== null) {
    lines.push(["Expected", number(row.expected)], ["Band", `${number(row.lower)} to ${number(row.upper)}`]);
  }
  if (row.direction) lines.push(["Anomaly", row.direction]);
  if (row.isFound && row.severity !== null) lines.push(["Severity", share(row.severity)]);
  if (row.confidence !== null) lines.push(["Confidence", share(row.confidence)]);
  return lines;
}

/** Show a row beside the cursor of a plot, or hide the tooltip if there is none. */
export function showTooltip(plot, row) {
  const tooltip = plot.over.querySelector(".tooltip") ?? create(plot.over);
  const { left, top } = plot.cursor;
  tooltip.hidden = !row || row.isGap || left < 0;
  if (tooltip.hidden) return;
  tooltip.replaceChildren(...describeRow(row).map(line));
  const { offsetWidth: width, offsetHeight: height } = tooltip;
  const x = left + DISTANCE + width > plot.over.clientWidth ? Math.max(0, left - DISTANCE - width) : left + DISTANCE;
  const y = Math.min(Math.max(0, top - height / 2), Math.max(0, plot.over.clientHeight - height));
  tooltip.style.transform = `translate(${x}px, ${y}px)`;
}

function create(over) {
  const tooltip = document.createElement("div");
  tooltip.className = "tooltip";
  over.append(tooltip);
  return tooltip;
}

function line([name, text]) {
  const element = document.createElement("div");
  element.textContent = name ? `${name} ` : "";
  const strong = document.createElement("strong");
  strong.textContent = text;
  element.append(strong);
  return element;
}
