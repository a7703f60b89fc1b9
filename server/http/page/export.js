// An answer for elsewhere: onto the clipboard as a table, CSV or Markdown; into a file as CSV or JSON.
//
// tables is all that an answer shows: [{title, grid, sort}] of counts, in all layers, and [{title, rows}] of ROWS. A
// layer's names are the first columns. Where there are several tables, each has its title.

import { matrix } from "./answer.js";
import { cellText } from "./crosstab.js";
import { el, visible } from "./dom.js";

const plainValue = (grid, row, column) => (grid.isHidden(row, column) ? "" : String(grid.value(row, column) ?? ""));
const csvField = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A table's lines of texts, heads first. */
function linesOf({ grid, sort, rows }, write) {
    return grid ? matrix(grid, sort, write) : [["row", ...rows.fields], ...rows.rows.map((row) => row.map((value) => value ?? ""))];
}

/** How many of a table's columns name its rows. */
const namesOf = ({ grid }) => (grid ? grid.layerDims.length + grid.rowDims.length : 1);

const titled = (tables, write) => tables.map((table) => (tables.length > 1 ? write(table.title) : ""));

/** RFC 4180, values as they are. Between tables there is an empty line. */
export function csv(tables) {
    const line = (texts) => `${texts.map(csvField).join(",")}\r\n`;
    const titles = titled(tables, (title) => line([title]));
    return tables.map((table, at) => titles[at] + linesOf(table, plainValue).map(line).join("")).join("\r\n");
}

export function markdown(tables) {
    const safe = (text) => visible(text).replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;");
    const line = (texts) => `| ${texts.map(safe).join(" | ")} |\n`;
    const titles = titled(tables, (title) => `### ${safe(title)}\n\n`);
    const write = (table) => {
        const [head, ...lines] = linesOf(table, cellText);
        const rule = head.map((_, at) => (at < namesOf(table) || !table.grid ? ":--" : "--:"));
        return `${line(head)}| ${rule.join(" | ")} |\n${lines.map(line).join("")}`;
    };
    return tables.map((table, at) => titles[at] + write(table)).join("\n");
}

/** The answers as the server gave them; several as a list. */
export function json(tables) {
    const answers = tables.map(({ grid, rows }) => grid?.answer ?? rows);
    return JSON.stringify(answers.length === 1 ? answers[0] : answers);
}

/** A table element with nothing but texts, as spreadsheets and documents paste it. */
function tableElement(table, title) {
    const [head, ...lines] = linesOf(table, plainValue);
    const names = namesOf(table);
    return el("table", {}, title !== "" && el("caption", {}, title), el("thead", {}, el("tr", {}, head.map((text) => el("th", {}, text)))), el("tbody", {}, lines.map((line) => el("tr", {}, line.map((text, at) => el(at < names ? "th" : "td", {}, text))))));
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

export function copyTables(tables) {
    const line = (texts) => texts.map((text) => text.replace(/[\t\r\n]/g, " ")).join("\t");
    const html = titled(tables, (title) => title).map((title, at) => tableElement(tables[at], title).outerHTML).join("\n");
    const plain = titled(tables, (title) => `${line([title])}\n`).map((title, at) => title + linesOf(tables[at], plainValue).map(line).join("\n")).join("\n\n");
    return copy({ "text/html": html, "text/plain": plain });
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
