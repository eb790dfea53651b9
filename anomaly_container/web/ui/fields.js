/** The fields of the form: what they hold, which of them an operation has, and what is wrong with them. */

const DETECTION = ["sensitivity", "maxAnomalyRatio", "imputeMode", "imputeFixedValue"];
const CHANGE = ["threshold", "stableTrendWindow"];
const NUMBERS = new Set(["customInterval", "period", "sensitivity", "maxAnomalyRatio", "imputeFixedValue", "threshold", "stableTrendWindow"]);
const DEFAULTS = { customInterval: "1", imputeMode: "auto" };
const EACH_ITS_OWN = "own";

const field = (name) => document.getElementById(name);

/** Return the chosen operation. */
export function operation() {
  return document.querySelector('input[name="operation"]:checked').value;
}

/** Choose an operation. */
export function chooseOperation(name) {
  document.querySelector(`input[name="operation"][value="${name}"]`).checked = true;
}

/**
 * Return what a request of the chosen operation says besides the series; throws where a field holds no number.
 *
 * Several series may keep the step that each was found to have, of which nothing is said here then.
 */
export function options() {
  const step = hasOwnSteps() ? [] : ["granularity", "customInterval"];
  const names = [...step, "period", ...(operation() === "changepoint" ? CHANGE : DETECTION)];
  const chosen = {};
  for (const name of names) {
    const input = field(name);
    if (input.validity.badInput) throw Object.assign(new Error("Write a number."), { field: name });
    if (input.selectedIndex < 0) throw Object.assign(new Error("Choose one of these."), { field: name });
    if (input.value === "" || input.value === DEFAULTS[name] || (name === "imputeFixedValue" && field("imputeMode").value !== "fixed")) continue;
    chosen[name] = NUMBERS.has(name) ? Number(input.value) : input.value;
  }
  return chosen;
}

/** Put the options of a request into the fields; what a field does not take is said beside it. */
export function setOptions(given) {
  for (const [name, value] of Object.entries(given)) {
    field(name).value = String(value);
    if (field(name).value !== String(value)) showError(name, "The request has something here that this field does not take.");
  }
  showOutputs();
}

/** Tell whether each series keeps the step that it was found to have. */
export function hasOwnSteps() {
  return field("granularity").value === EACH_ITS_OWN;
}

/** Let several series keep each its own step, and choose that; a single one has just one. */
export function offerOwnSteps(isSeveral) {
  field("granularity").querySelector(`[value="${EACH_ITS_OWN}"]`).hidden = !isSeveral;
  if (isSeveral) field("granularity").value = EACH_ITS_OWN;
}

/** Show the fields that the chosen operation has. */
export function showFields() {
  const isChange = operation() === "changepoint";
  document.querySelectorAll("[data-for]").forEach((element) => {
    element.hidden = (element.dataset.for === "changepoint") !== isChange;
  });
  field("customInterval").closest(".field").hidden = hasOwnSteps();
  field("imputeFixedValue").closest(".field").hidden = isChange || field("imputeMode").value !== "fixed";
  showOutputs();
}

/** Write beside each slider where it stands. */
export function showOutputs() {
  document.querySelectorAll("output").forEach((output) => {
    const input = field(output.htmlFor.value);
    output.value = input.step === "0.01" ? Number(input.value).toFixed(2) : input.value;
  });
}

/** Say beside a field what is wrong with it. */
export function showError(name, message) {
  const words = field(`${name}-error`);
  words.textContent = message;
  words.hidden = false;
  field(name).setAttribute("aria-invalid", "true");
}

/** Take back what was said about some fields, by default all. */
export function clearErrors(names = [...document.querySelectorAll(".error")].map((words) => words.id.replace(/-error$/, ""))) {
  for (const name of names) {
    field(`${name}-error`).hidden = true;
    field(`${name}-error`).textContent = "";
    field(name).removeAttribute("aria-invalid");
  }
}
