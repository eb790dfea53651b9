/** Requests to the server of the page, with an access key if the user has given one. */

const KEY_HEADER = "Ocp-Apim-Subscription-Key";
// A rate limit lasts only seconds; after a short wait the request is sent again.
const LONGEST_WAIT = 2;
const ATTEMPTS = 5;

/** An error of the API: its message, and the details that locate it. */
export class ApiError extends Error {
  constructor(status, { code = "", message, ...details }, retryAfter = null) {
    super(message);
    Object.assign(this, details, { status, code, retryAfter });
  }
}

/** Send a request `{method, headers, body, signal}` with a key, which may be blank; return the JSON of the answer. */
export async function ask(path, request, key) {
  if (!/^[!-~]*$/.test(key)) throw new ApiError(401, { message: "A key has letters, digits and signs of ASCII, and no blanks." });
  for (let attempt = 1; ; attempt += 1) {
    const response = await send(path, request, key);
    const text = await response.text();
    if (response.ok) return JSON.parse(text);
    const error = failure(response, text);
    const isShort = error.status === 429 && error.retryAfter > 0 && error.retryAfter <= LONGEST_WAIT;
    if (!isShort || attempt === ATTEMPTS) throw error;
    await pause(error.retryAfter * 1000, request.signal);
  }
}

async function send(path, request, key) {
  try {
    return await fetch(path, { ...request, headers: { ...request.headers, ...(key && { [KEY_HEADER]: key }) } });
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
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
