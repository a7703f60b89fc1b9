// Light or dark: as the system has it, unless chosen here.

const KEY = "quipu-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export const theme = () => document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");

export function restoreTheme() {
    const kept = localStorage.getItem(KEY);
    if (kept === "light" || kept === "dark") {
        document.documentElement.dataset.theme = kept;
    }
}

export function turnTheme() {
    const next = theme() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem(KEY, next);
    return next;
}

export const onSystemTheme = (call) => dark.addEventListener("change", call);
