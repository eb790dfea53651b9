/** A request as a command line and as a program. */

/** Return a command for a POSIX shell. */
export function asCurl(url, body) {
  const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
  return `curl -s '${url}' \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
}

/** Return a Python program that needs nothing but Python. */
export function asPython(url, body) {
  const { series, ...options } = body;
  // Text and numbers of JSON mean the same in Python.
  const fields = Object.entries(options).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  const points = series.map(({ timestamp, value }) => `        {"timestamp": ${JSON.stringify(timestamp)}, "value": ${JSON.stringify(value)}},`);
  return [
    "import json",
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
    '    headers={"Content-Type": "application/json"},',
    ")",
    "with urlopen(request) as response:",
    "    print(json.dumps(json.load(response), indent=2))",
    "",
  ].join("\n");
}

/** Put text on the clipboard, on plain HTTP too, where browsers do not offer their own way. */
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
