/** What is asked of the API, and its answer. */

const KEY_HEADER = "Ocp-Apim-Subscription-Key";

/** Return the address of an operation, relative to the page so that a proxy may put it under any prefix. */
export function address(operation) {
  return `anomalydetector/v1.1/timeseries/${operation}/detect`;
}

/** Return the body of a request; `options` holds only what the operation has and what was chosen. */
export function requestBody(points, options) {
  return { ...options, series: points.map(({ timestamp, value }) => ({ timestamp, value })) };
}

/** An answer that is no result: in words, with what is known about where it belongs. */
export class ApiError extends Error {
  constructor(status, code, message, retryAfter = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** Send a request, with a key if there is one; return the answer and the milliseconds it took. */
export async function detect(operation, body, key, signal) {
  if (!/^[!-~]*$/.test(key)) throw new ApiError(401, "", "A key has letters, digits and signs of ASCII, and no blanks.");
  const start = performance.now();
  const response = await send(operation, body, key, signal);
  const text = await response.text();
  if (response.ok) return { answer: JSON.parse(text), milliseconds: performance.now() - start };
  throw failure(response, text);
}

async function send(operation, body, key, signal) {
  try {
    return await fetch(address(operation), {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(key && { [KEY_HEADER]: key }) },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "", "The container does not answer. Is it still running?");
  }
}

function failure(response, text) {
  try {
    const document = JSON.parse(text);
    const { code, message } = document.error ?? document;
    return new ApiError(response.status, code, message, response.headers.get("Retry-After"));
  } catch {
    return new ApiError(response.status, "", `The container answered ${response.status} and no words.`);
  }
}
