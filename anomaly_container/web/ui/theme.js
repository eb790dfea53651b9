/** The light or dark theme: that of the system, unless the user chooses another. */

const KEY = "theme";

/** Let a button switch the theme, and call `changed` after each change. */
export function offerTheme(button, changed) {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const label = () => button.setAttribute("aria-pressed", String(isDark()));
  if (localStorage.getItem(KEY)) root.dataset.theme = localStorage.getItem(KEY);
  label();
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem(KEY, root.dataset.theme);
    label();
    changed();
  });
  system.addEventListener("change", () => {
    label();
    changed();
  });
}
