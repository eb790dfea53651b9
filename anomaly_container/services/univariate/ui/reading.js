/** The choices of how to read a file; they are shown only if the server needs them, because most files are unambiguous. */

const SELECTS = ["timestampColumn", "valueColumn", "dateOrder"];
const TEXTS = ["by"];
const BOXES = ["sort", "noTimes"];
const NAMES = [...SELECTS, ...TEXTS, ...BOXES];
const LABELS = {
  "day-first": "day first, as 31/12",
  "month-first": "month first, as 12/31",
};

const field = (name) => document.getElementById(name);
const place = (name) => field(name).closest("[data-choice]");

/** Return the choices as parameters of the URL. */
export function choices() {
  const written = [...SELECTS, ...TEXTS].map((name) => [name, field(name).value.trim()]).filter(([, value]) => value);
  const ticked = BOXES.filter((name) => field(name).checked).map((name) => [name, "true"]);
  return Object.fromEntries([...written, ...ticked]);
}

/** Show the field of the choice that an error needs; return its name, or undefined if it needs none. */
export function offer({ option, choices: offered = [] }) {
  if (!NAMES.includes(option)) return undefined;
  const known = option === "dateOrder" && !offered.length ? Object.keys(LABELS) : offered;
  if (SELECTS.includes(option) && known.length) fill(field(option), optionsFor(option, known));
  else if (TEXTS.includes(option)) field(`${option}-choices`).replaceChildren(...offered.map((value) => new Option("", value)));
  place(option).hidden = false;
  field("reading").hidden = false;
  return option;
}

/** Return the options of a select element; value columns can also be chosen all together. */
function optionsFor(name, offered) {
  const every = name === "valueColumn" && offered.length > 1 ? [new Option("all of them, a series each", "all")] : [];
  return [new Option("choose …", ""), ...offered.map((value) => new Option(LABELS[value] ?? value, value)), ...every];
}

function fill(select, options) {
  const given = select.value;
  select.replaceChildren(...options);
  if (options.some(({ value }) => value === given)) select.value = given;
}

/** Reset the choices, because another file is read. */
export function forgetChoices() {
  for (const name of SELECTS) field(name).replaceChildren();
  for (const name of TEXTS) field(name).value = "";
  for (const name of BOXES) field(name).checked = false;
  for (const name of NAMES) place(name).hidden = true;
  field("reading").hidden = true;
}
