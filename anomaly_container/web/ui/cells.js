/** Rows of tables, made of text alone: what a file is called or holds is never read as HTML. */

/** Return a row of cells. */
export function rowOf(...cells) {
  const row = document.createElement("tr");
  row.append(...cells);
  return row;
}

/** Return a cell with a text. */
export function cell(text, className = "") {
  const element = document.createElement("td");
  element.textContent = text;
  element.className = className;
  return element;
}

/** Return the heading of a row, with a text or an element. */
export function heading(content) {
  const element = document.createElement("th");
  element.scope = "row";
  element.append(content);
  return element;
}

/** Return a button. */
export function button(text, className, press) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = className;
  element.textContent = text;
  element.addEventListener("click", () => press(element));
  return element;
}

/** Put rows into a table, and leave the focus on the button that has it. */
export function fill(table, rows) {
  const body = table.tBodies[0];
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.id : undefined;
  body.replaceChildren(...rows);
  if (focused !== undefined) body.querySelector(`[data-id="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}
