/** The fields of the form: their values, the operations they belong to, and their errors. */

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
 * Return the options of a request of the chosen operation; throw if a field does not hold a number.
 *
 * If each of several series keeps its own step, the options have no granularity and no interval.
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

/** Put the options of a request into the fields; show an error beside a field that cannot take its value. */
export function setOptions(given) {
  for (const [name, value] of Object.entries(given)) {
    field(name).value = String(value);
    if (field(name).value !== String(value)) showError(name, "The request has something here that this field does not take.");
  }
  showOutputs();
}

/** Return whether each series keeps its own step. */
export function hasOwnSteps() {
  return field("granularity").value === EACH_ITS_OWN;
}

/** Offer and choose, for several series, that each keeps its own step. */
export function offerOwnSteps(isSeveral) {
  field("granularity").querySelector(`[value="${EACH_ITS_OWN}"]`).hidden = !isSeveral;
  if (isSeveral) field("granularity").value = EACH_ITS_OWN;
}

/** Show the fields of the chosen operation. */
export function showFields() {
  const isChange = operation() === "changepoint";
  document.querySelectorAll("[data-for]").forEach((element) => {
    element.hidden = (element.dataset.for === "changepoint") !== isChange;
  });
  field("customInterval").closest(".field").hidden = hasOwnSteps();
  field("imputeFixedValue").closest(".field").hidden = isChange || field("imputeMode").value !== "fixed";
  showOutputs();
}

/** Show the value of each slider beside it. */
export function showOutputs() {
  document.querySelectorAll("output").forEach((output) => {
    const input = field(output.htmlFor.value);
    output.value = input.step === "0.01" ? Number(input.value).toFixed(2) : input.value;
  });
}

/** Show an error beside a field. */
export function showError(name, message) {
  const element = field(`${name}-error`);
  element.textContent = message;
  element.hidden = false;
  field(name).setAttribute("aria-invalid", "true");
}

/** Clear the errors of some fields, by default of all. */
export function clearErrors(names = [...document.querySelectorAll(".error")].map((element) => element.id.replace(/-error$/, ""))) {
  for (const name of names) {
    field(`${name}-error`).hidden = true;
    field(`${name}-error`).textContent = "";
    field(name).removeAttribute("aria-invalid");
  }
}
