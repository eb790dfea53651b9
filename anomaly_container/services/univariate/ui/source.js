/** The input: the text of the field, or the bytes of a file that was dropped or opened. */

const LARGEST_SHOWN = 1_000_000;
const LARGEST_SENT = 100_000_000;

const field = (name) => document.getElementById(name);

let file = null;
let isPacked = false;

/** Return `{data, encoding}`, the encoding null unless a file is packed; return null if there is no input. */
export function given() {
  if (file) return { data: file, encoding: isPacked ? "gzip" : null };
  const data = field("data").value;
  return data.trim() ? { data, encoding: null } : null;
}

/** Set the text, as if it had been pasted. */
export function giveText(text) {
  file = null;
  field("data").value = text;
}

/** Call `typed` when the text changes, `taken` with the name of a file, and `refused` with a message if it is too large. */
export function watchSource({ typed, taken, refused }) {
  const take = async (chosen) => {
    if (!chosen) return;
    if (chosen.size > LARGEST_SENT) {
      refused(`${chosen.name} is larger than 100 MB; the command line reads it.`);
      return;
    }
    const [first, second] = new Uint8Array(await chosen.slice(0, 2).arrayBuffer());
    isPacked = first === 0x1f && second === 0x8b;
    file = chosen;
    field("data").value = await shownText(chosen);
    taken(chosen.name);
  };
  const drop = field("drop");
  field("data").addEventListener("input", () => {
    file = null;
    typed();
  });
  field("file").addEventListener("change", async ({ target }) => {
    await take(target.files[0]);
    target.value = "";
  });
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files[0]);
  });
}

/** Return the text of a file for display, or nothing if it is too large; the server gets the bytes. */
async function shownText(chosen) {
  if (chosen.size > LARGEST_SHOWN) return "";
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await chosen.arrayBuffer());
  } catch {
    return "";
  }
}
