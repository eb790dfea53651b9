/** The requests to the server, and its answers. */

const KEY_HEADER = "Ocp-Apim-Subscription-Key";
// A rate limit lasts only seconds; after a short wait the request is sent again.
const LONGEST_WAIT = 2;
const ATTEMPTS = 5;

/** Return the address of an operation, relative to the page so that a proxy may put it under any prefix. */
export function address(operation) {
  return `anomalydetector/v1.1/timeseries/${operation}/detect`;
}

/** Return the body of a request; `options` holds only what the operation has and what was chosen. */
export function requestBody(points, options) {
  // JSON drops the timestamp of a point that has none.
  return { ...options, series: points.map(({ timestamp, value }) => ({ timestamp, value })) };
}

/** An error of the API: its message, and the details that locate it. */
export class ApiError extends Error {
  constructor(status, { code = "", message, ...details }, retryAfter = null) {
    super(message);
    Object.assign(this, details, { status, code, retryAfter });
  }
}

/** Send a request, with a key if there is one; return the answer and the milliseconds it took. */
export async function detect(operation, body, key, signal) {
  const start = performance.now();
  const answer = await post(address(operation), { "Content-Type": "application/json" }, JSON.stringify(body), key, signal);
  return { answer, milliseconds: performance.now() - start };
}

/** Let the server read `{data, encoding}` as `choices` say; this is not a query and not counted as usage. */
export async function readFile({ data, encoding }, choices, key, signal) {
  const headers = { "Content-Type": "application/octet-stream", ...(encoding && { "Content-Encoding": encoding }) };
  const file = await post(`ui/series?${new URLSearchParams(choices)}`, headers, data, key, signal);
  for (const { points } of file.series) points.forEach((point, at) => (point.time = timeOf(point, at)));
  return file;
}

/** Return milliseconds since 1970; points without times are one second apart. */
function timeOf({ timestamp }, at) {
  return timestamp === undefined ? (at + 1) * 1000 : Date.parse(timestamp);
}

async function post(path, headers, body, key, signal) {
  if (!/^[!-~]*$/.test(key)) throw new ApiError(401, { message: "A key has letters, digits and signs of ASCII, and no blanks." });
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(path, headers, body, key, signal);
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    const error = failure(response, text);
    const isShort = error.status === 429 && error.retryAfter > 0 && error.retryAfter <= LONGEST_WAIT;
    if (!isShort || attempt === ATTEMPTS) throw error;
    await pause(error.retryAfter * 1000, signal);
  }
}

async function send(path, headers, body, key, signal) {
  try {
    return await fetch(path, {
      method: "POST",
      headers: { ...headers, ...(key && { [KEY_HEADER]: key }) },
      body,
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { message: "The container does not answer. Is it still running?" });
  }
}

function failure(response, text) {
  const retryAfter = response.headers.get("Retry-After");
  try {
    const document = JSON.parse(text);
    return new ApiError(response.status, document.error ?? document, retryAfter);
  } catch {
    return new ApiError(response.status, { message: `The container answered ${response.status} and no words.` }, retryAfter);
  }
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
