/** The list of the series of a file: points, step and findings; a click on a name shows its series. */

import { counted } from "./format.js";
import { step } from "./granularity.js";

/** A list in an element; `choose` is called with the index of a series. */
export class SeriesList {
  constructor(holder, choose) {
    this.holder = holder;
    this.choose = choose;
    this.rows = [];
  }

  /** Return whether there is a list, because there are several series. */
  get isShown() {
    return !this.holder.hidden;
  }

  /** Show series without results; a single one needs no list. */
  show(series) {
    this.holder.hidden = series.length < 2;
    this.rows = this.holder.hidden ? [] : series.map((one, at) => this.rowOf(one, at));
    this.holder.querySelector("tbody").replaceChildren(...this.rows);
  }

  /** Set the caption of the list. */
  setCaption(text) {
    this.holder.querySelector("caption").textContent = text;
  }

  /** Show the number of findings in a series, or why it was refused. */
  mark(at, { rows, error }) {
    const cell = this.rows[at]?.cells[3];
    if (!cell) return;
    const found = rows ? foundIn(rows) : 0;
    cell.textContent = rows ? found.toLocaleString("en") : error.message;
    cell.className = error ? "refused" : found ? "some" : "";
  }

  /** Show the total of the findings. */
  summarise(operation, results) {
    const answered = results.filter(({ rows }) => rows);
    const found = answered.reduce((sum, { rows }) => sum + foundIn(rows), 0);
    const noun = operation === "changepoint" ? counted(found, "change point") : counted(found, "anomaly", "anomalies");
    const refused = results.length - answered.length;
    this.setCaption(`${counted(results.length, "series", "series")}: ${noun}${refused ? `, ${refused} refused` : ""}`);
  }

  /** Mark the series that is shown. */
  select(chosen) {
    this.rows.forEach((row, at) => {
      if (at === chosen) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
  }

  rowOf(series, at) {
    const row = document.createElement("tr");
    const name = document.createElement("th");
    name.scope = "row";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = series.name;
    button.addEventListener("click", () => this.choose(at));
    name.append(button);
    row.append(name, ...[series.points.length.toLocaleString("en"), step(series), "…"].map(cell));
    return row;
  }
}

function foundIn(rows) {
  return rows.filter((row) => row.isFound).length;
}

function cell(text) {
  const element = document.createElement("td");
  element.textContent = text;
  return element;
}
