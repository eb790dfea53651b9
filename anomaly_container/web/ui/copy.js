/** A request as a shell command and as a Python program, with the access key in a variable. */

const KEY_HEADER = "Ocp-Apim-Subscription-Key";
const KEY_VARIABLE = "ANOMALY_DETECTOR_KEY";

/** Return a command for a POSIX shell. */
export function asCurl(url, body, needsKey) {
  const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
  const key = needsKey ? `  -H "${KEY_HEADER}: $${KEY_VARIABLE}" \\\n` : "";
  return `curl -s '${url}' \\\n  -H 'Content-Type: application/json' \\\n${key}  -d '${quoted}'`;
}

/** Return a Python program that needs only the standard library. */
export function asPython(url, body, needsKey) {
  const { series, ...options } = body;
  // Strings and numbers are written the same way in JSON and Python.
  const fields = Object.entries(options).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  const points = series.map((point) => `        ${JSON.stringify(point)},`);
  return [
    "import json",
    ...(needsKey ? ["import os"] : []),
    "from urllib.request import Request, urlopen",
    "",
    "body = {",
    ...fields,
    '    "series": [',
    ...points,
    "    ],",
    "}",
    "request = Request(",
    `    ${JSON.stringify(url)},`,
    "    data=json.dumps(body).encode(),",
    `    headers={"Content-Type": "application/json"${needsKey ? `, "${KEY_HEADER}": os.environ["${KEY_VARIABLE}"]` : ""}},`,
    ")",
    "with urlopen(request) as response:",
    "    print(json.dumps(json.load(response), indent=2))",
    "",
  ].join("\n");
}

/** Copy text to the clipboard, also on plain HTTP, where browsers have no clipboard API. */
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("aria-hidden", "true");
  area.className = "offscreen";
  document.body.append(area);
  area.select();
  const isDone = document.execCommand("copy");
  area.remove();
  if (!isDone) throw new Error("The browser does not let the page copy.");
  return undefined;
}
