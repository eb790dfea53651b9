/** The answers of the three operations as rows, one for each point. */

const ABOVE = "above";
const BELOW = "below";

/**
 * Return the rows `{time, timestamp, written, value, expected, lower, upper, direction, severity, confidence}` in the order of the
 * request; fields that an operation does not have are null.
 */
export function rowsOf(operation, points, answer) {
  const rows = points.map((point) => ({ ...point, ...NOTHING }));
  if (operation === "entire") rows.forEach((row, at) => addResult(row, pick(answer, at)));
  else if (operation === "last") addResult(rows.at(-1), answer);
  else {
    rows.forEach((row, at) => {
      row.confidence = answer.confidenceScores[at];
      row.isFound = answer.isChangePoint[at];
    });
  }
  return rows;
}

const NOTHING = { expected: null, lower: null, upper: null, direction: null, severity: null, confidence: null, isFound: false };

function pick(answer, at) {
  return {
    expectedValue: answer.expectedValues[at],
    lowerMargin: answer.lowerMargins[at],
    upperMargin: answer.upperMargins[at],
    isAnomaly: answer.isAnomaly[at],
    isNegativeAnomaly: answer.isNegativeAnomaly[at],
    severity: answer.severity[at],
  };
}

function addResult(row, result) {
  row.expected = result.expectedValue;
  row.lower = result.expectedValue - result.lowerMargin;
  row.upper = result.expectedValue + result.upperMargin;
  row.severity = result.severity;
  row.isFound = result.isAnomaly;
  row.direction = result.isAnomaly ? (result.isNegativeAnomaly ? BELOW : ABOVE) : null;
}

/** Return one sentence that sums up the findings. */
export function summarise(operation, rows, answer) {
  const season = answer.period ? `a season of ${answer.period} points` : "no season";
  const found = rows.filter((row) => row.isFound).length;
  if (operation === "last") {
    const sentence = found ? `The last point is an anomaly, ${rows.at(-1).direction} the band` : "The last point is no anomaly";
    return `${sentence}; ${season}. Send ${answer.suggestedWindow} points next time.`;
  }
  const [one, many] = operation === "entire" ? ["anomaly", "anomalies"] : ["change point", "change points"];
  const count = found === 0 ? `No ${one}` : `${found} ${found === 1 ? one : many}`;
  return `${count} among ${rows.length} points; ${season}.`;
}
