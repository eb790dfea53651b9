/** The state of the container, from its own pages, which are not counted as usage. */

const SECONDS_BETWEEN = 30;

/** Keep an element up to date while the page is visible. */
export function watchState(element) {
  const update = async () => {
    const { word, text } = await state();
    element.dataset.state = word;
    element.textContent = text;
  };
  update();
  setInterval(() => document.hidden || update(), SECONDS_BETWEEN * 1000);
}

async function state() {
  try {
    const [status, ready] = await Promise.all(["status", "ready"].map(async (page) => (await fetch(page)).json()));
    const isReady = ready.ready === "ready";
    return { word: isReady ? "ready" : "refusing", text: `${isReady ? "Ready" : "Not ready"} · ${status.apiStatusMessage}` };
  } catch {
    return { word: "silent", text: "The container does not answer" };
  }
}
