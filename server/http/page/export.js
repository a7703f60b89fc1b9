// An answer for elsewhere: onto the clipboard as a table, CSV or Markdown; into a file as CSV or JSON.

import { matrix } from "./answer.js";
import { cellText } from "./crosstab.js";
import { el, visible } from "./dom.js";

const plainValue = (grid, row, column) => (grid.isHidden(row, column) ? "" : String(grid.value(row, column) ?? ""));
const csvField = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** RFC 4180, values as they are. */
export function csv(grid, order) {
    return matrix(grid, order, plainValue).map((line) => line.map(csvField).join(",") + "\r\n").join("");
}

export function markdown(grid, order) {
    const [head, ...lines] = matrix(grid, order, cellText);
    const write = (line) => `| ${line.map((text) => visible(text).replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;")).join(" | ")} |\n`;
    const rule = head.map((_, at) => (at < grid.rowDims.length ? ":--" : "--:"));
    return write(head) + `| ${rule.join(" | ")} |\n` + lines.map(write).join("");
}

/** A table element with nothing but texts, as spreadsheets and documents paste it. */
function tableElement(grid, order) {
    const [head, ...lines] = matrix(grid, order, plainValue);
    const heads = grid.rowDims.length;
    return el("table", {}, el("thead", {}, el("tr", {}, head.map((text) => el("th", {}, text)))), el("tbody", {}, lines.map((line) => el("tr", {}, line.map((text, at) => el(at < heads ? "th" : "td", {}, text))))));
}

/** Puts texts on the clipboard, by type. This way works without TLS too, where navigator.clipboard is not there. */
function copy(texts) {
    const onCopy = (event) => {
        Object.entries(texts).forEach(([type, text]) => event.clipboardData.setData(type, text));
        event.preventDefault();
    };
    document.addEventListener("copy", onCopy, { once: true });
    const done = document.execCommand("copy");
    document.removeEventListener("copy", onCopy);
    return done;
}

export function copyTable(grid, order) {
    const plain = matrix(grid, order, plainValue).map((line) => line.map((text) => text.replace(/[\t\r\n]/g, " ")).join("\t")).join("\n");
    return copy({ "text/html": tableElement(grid, order).outerHTML, "text/plain": plain });
}

export const copyText = (text) => copy({ "text/plain": text });

export function download(name, type, text) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    const link = el("a", { href: url, download: name });
    document.body.append(link);
    link.click();
    link.remove();
    URL.revokeObjectURL(url);
}
