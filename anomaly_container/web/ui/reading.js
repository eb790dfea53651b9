/** How a file is to be read: asked only where the server asks, since most files leave nothing open. */

const SELECTS = ["timestampColumn", "valueColumn", "by", "dateOrder"];
const BOXES = ["sort", "noTimes"];
const WORDS = {
  all: "all of them, a series each",
  "day-first": "day first, as 31/12",
  "month-first": "month first, as 12/31",
};

const field = (name) => document.getElementById(name);
const place = (name) => field(name).closest("[data-asked]");

/** Return what was chosen, as parameters of the server. */
export function choices() {
  const selected = SELECTS.filter((name) => field(name).value).map((name) => [name, field(name).value]);
  const ticked = BOXES.filter((name) => field(name).checked).map((name) => [name, "true"]);
  return Object.fromEntries([...selected, ...ticked]);
}

/** Show the field of a choice that an error asks for; return its name, or undefined if it asks for none. */
export function offer({ option, choices: offered = [] }) {
  if (![...SELECTS, ...BOXES].includes(option)) return undefined;
  if (SELECTS.includes(option) && offered.length) {
    const given = field(option).value;
    field(option).replaceChildren(new Option("choose …", ""), ...offered.map((value) => new Option(WORDS[value] ?? value, value)));
    if (offered.includes(given)) field(option).value = given;
  }
  place(option).hidden = false;
  field("reading").hidden = false;
  return option;
}

/** Forget what was chosen: another file is read. */
export function forgetChoices() {
  for (const name of SELECTS) field(name).replaceChildren();
  for (const name of BOXES) field(name).checked = false;
  for (const name of [...SELECTS, ...BOXES]) place(name).hidden = true;
  field("reading").hidden = true;
}
