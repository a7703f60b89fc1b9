// Light or dark: as the system has it, unless chosen here. index.html loads this before anything is drawn, so that a page
// that is kept dark does not begin light.

const KEY = "quipu-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");

export function turnTheme() {
    const next = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem(KEY, next);
    return next;
}

export const onSystemTheme = (call) => dark.addEventListener("change", call);

const kept = localStorage.getItem(KEY);
if (kept === "light" || kept === "dark") {
    document.documentElement.dataset.theme = kept;
}
