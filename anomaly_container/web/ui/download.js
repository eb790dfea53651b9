/** Files for the user: made in the browser, sent nowhere. */

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

/** Return rows as comma-separated text with a header. */
export function asCsv(operation, rows) {
  const columns = COLUMNS[operation];
  const found = operation === "changepoint" ? "isChangePoint" : "isAnomaly";
  const heading = ["timestamp", "value", ...columns.map((name) => (name === "isFound" ? found : HEADINGS[name]))];
  const lines = rows.map((row) => [row.timestamp, row.value, ...columns.map((name) => row[name] ?? "")].join(","));
  return `${[heading.join(","), ...lines].join("\n")}\n`;
}

/** Offer a file to the user. */
export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
