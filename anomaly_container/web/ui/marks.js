/** The marks of findings on the chart: form and colour show the direction, and the size shows the severity. */

const SMALLEST = 5;
const GROWTH = 9;

/** Return the radius of a mark in CSS pixels. */
export function markRadius(severity) {
  return SMALLEST + GROWTH * Math.sqrt(Math.min(severity ?? 0, 1));
}

/** Draw the marks of an operation. */
export function drawMarks(plot, entries, operation, colour) {
  const { ctx: context } = plot;
  const { left, top, width, height } = plot.bbox;
  context.save();
  context.beginPath();
  context.rect(left, top - 18 * devicePixelRatio, width + 14 * devicePixelRatio, height + 18 * devicePixelRatio);
  context.clip();
  if (operation === "last") drawWhisker(plot, entries.at(-1), colour);
  entries.filter((entry) => entry.isFound).forEach((entry) => {
    if (operation === "changepoint") drawChange(plot, entry, colour("change"));
    else drawTriangle(plot, entry, colour(entry.direction), colour("surface"));
  });
  context.restore();
}

const place = (plot, entry, value) => [plot.valToPos(entry.time / 1000, "x", true), plot.valToPos(value, "y", true)];

function drawTriangle(plot, entry, fill, outline) {
  const { ctx: context } = plot;
  const [x, y] = place(plot, entry, entry.value);
  const radius = markRadius(entry.severity) * devicePixelRatio;
  const up = entry.direction === "above" ? -1 : 1;
  context.beginPath();
  context.moveTo(x, y + up * radius);
  context.lineTo(x - radius, y - up * radius * 0.75);
  context.lineTo(x + radius, y - up * radius * 0.75);
  context.closePath();
  context.fillStyle = fill;
  context.strokeStyle = outline;
  context.lineWidth = 1.5 * devicePixelRatio;
  context.fill();
  context.stroke();
}

function drawChange(plot, entry, stroke) {
  const { ctx: context } = plot;
  const { top, height } = plot.bbox;
  const [x, y] = place(plot, entry, entry.value);
  const radius = 6 * devicePixelRatio;
  context.strokeStyle = context.fillStyle = stroke;
  context.lineWidth = 1.5 * devicePixelRatio;
  context.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, top + height);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(x, y - radius);
  context.lineTo(x + radius, y);
  context.lineTo(x, y + radius);
  context.lineTo(x - radius, y);
  context.closePath();
  context.fill();
}

/** Draw the band of a single point: a bar between its boundaries, and a stroke at the expected value. */
function drawWhisker(plot, entry, colour) {
  const { ctx: context } = plot;
  const half = 7 * devicePixelRatio;
  const [x, lower] = place(plot, entry, entry.lower);
  const [, upper] = place(plot, entry, entry.upper);
  const [, expected] = place(plot, entry, entry.expected);
  context.fillStyle = colour("band");
  context.fillRect(x - half, upper, 2 * half, lower - upper);
  context.strokeStyle = colour("expected");
  context.lineWidth = 2 * devicePixelRatio;
  for (const y of [lower, expected, upper]) {
    context.beginPath();
    context.moveTo(x - half, y);
    context.lineTo(x + half, y);
    context.stroke();
  }
}
