/** The table of the findings. */

import { isTimed, number, share, timeWriter } from "./format.js";

const ANOMALY_COLUMNS = [
  ["Value", (row) => number(row.value)],
  ["Expected", (row) => number(row.expected)],
  ["Band", (row) => `${number(row.lower)} to ${number(row.upper)}`],
  ["Direction", (row) => (row.direction === "above" ? "▲ above" : "▼ below"), (row) => row.direction],
  ["Severity", (row) => share(row.severity)],
];
const CHANGE_POINT_COLUMNS = [
  ["Value", (row) => number(row.value)],
  ["Confidence", (row) => share(row.confidence)],
];

/** Fill a table with the findings; each time is a button that calls `reveal` with its row. */
export function fillTable(table, operation, rows, reveal) {
  const columns = operation === "changepoint" ? CHANGE_POINT_COLUMNS : ANOMALY_COLUMNS;
  const found = rows.filter((row) => row.isFound);
  const write = timeWriter(rows);
  table.caption.textContent = operation === "changepoint" ? "Change points" : "Anomalies";
  table.tHead.replaceChildren(rowOf([isTimed(rows) ? "Time (UTC)" : "Point", ...columns.map(([name]) => name)].map(heading)));
  table.tBodies[0].replaceChildren(
    ...found.map((row) => rowOf([timeCell(row, write, reveal), ...columns.map(([, text, className]) => cell(text(row), className?.(row)))])),
  );
  return found.length;
}

function rowOf(cells) {
  const row = document.createElement("tr");
  row.append(...cells);
  return row;
}

function heading(text) {
  const cell = document.createElement("th");
  cell.scope = "col";
  cell.textContent = text;
  return cell;
}

function cell(text, className = "") {
  const element = document.createElement("td");
  element.textContent = text;
  element.className = className;
  return element;
}

function timeCell(row, write, reveal) {
  const cell = document.createElement("th");
  cell.scope = "row";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = write(row);
  button.title = "Show it in the chart";
  button.addEventListener("click", () => reveal(row));
  cell.append(button);
  return cell;
}
