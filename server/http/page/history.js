// The queries of this tab, the newest first; they go when the tab is closed.

import { visible } from "./dom.js";

const KEY = "quipu-history";
const MOST = 30;

function read() {
    try {
        const kept = JSON.parse(sessionStorage.getItem(KEY));
        return Array.isArray(kept) ? kept.filter((one) => typeof one?.text === "string" && typeof one?.link === "string") : [];
    } catch {
        return [];
    }
}

export function remember(text, link) {
    const kept = read().filter((one) => one.text !== text);
    sessionStorage.setItem(KEY, JSON.stringify([{ text, link }, ...kept].slice(0, MOST)));
}

/** Items of a menu; open(link) opens one again. */
export function historyItems(open) {
    const items = read().map(({ text, link }) => ({ text: visible(text), run: () => open(link) }));
    return items.length > 0 ? items : [{ text: "No query yet", why: "" }];
}
