/** Downloads of files that are made in the browser and not sent to a server. */

const COLUMNS = {
  entire: ["expected", "lower", "upper", "isFound", "direction", "severity"],
  last: ["expected", "lower", "upper", "isFound", "direction", "severity"],
  changepoint: ["isFound", "confidence"],
};
const HEADINGS = {
  expected: "expectedValue",
  lower: "lowerBoundary",
  upper: "upperBoundary",
  direction: "direction",
  severity: "severity",
  confidence: "confidenceScore",
};

/**
 * Return the rows of series `{name, rows}` as comma-separated text with a header and the original timestamps.
 *
 * The name of the series is the first column if there are several.
 */
export function asCsv(operation, series) {
  const columns = COLUMNS[operation];
  const isSeveral = series.length > 1;
  const found = operation === "changepoint" ? "isChangePoint" : "isAnomaly";
  const titles = columns.map((name) => (name === "isFound" ? found : HEADINGS[name]));
  const heading = [...(isSeveral ? ["series"] : []), "timestamp", "value", ...titles];
  const lines = series.flatMap(({ name, rows }) =>
    rows.map((row) => [...(isSeveral ? [name] : []), row.written, row.value, ...columns.map((column) => row[column])]),
  );
  return `${[heading, ...lines].map((cells) => cells.map(quoted).join(",")).join("\n")}\n`;
}

function quoted(cell) {
  const text = String(cell ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Download a blob as a file. */
export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
