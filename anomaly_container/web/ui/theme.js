/** Light or dark: as the system says, until the user says otherwise. */

const KEY = "theme";

/** Let a button change the theme, and call `changed` whenever it does. */
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
