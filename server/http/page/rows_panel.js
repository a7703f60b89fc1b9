// The rows behind a cell, a page at a time, and as CSV.

import * as api from "./api.js";
import { openDialog } from "./dialog.js";
import { el, label, number, visible } from "./dom.js";

const PAGE = 50;

export function rowsTable(reply) {
    const cell = (value) => el("td", {}, value === null ? el("span", { class: "quiet" }, "–") : label(value));
    return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Rows" }, el("table", { class: "rows" },
        el("thead", {}, el("tr", {}, ["row", ...reply.fields].map((name) => el("th", { scope: "col" }, label(name))))),
        el("tbody", {}, reply.rows.map(([key, ...values]) => el("tr", {}, el("th", { scope: "row" }, label(key)), values.map(cell))))));
}

/** what: what the cell is called; write(limit, offset) is the query; count: how many rows there should be, or null. */
export function openRows(what, write, count) {
    const state = { offset: 0 };
    const place = el("div", {}, el("p", { class: "quiet" }, "Reading the rows…"));
    const said = el("p", { class: "quiet", role: "status" });
    const before = el("button", { type: "button", onclick: () => go(-PAGE) }, "Previous");
    const after = el("button", { type: "button", onclick: () => go(PAGE) }, "Next");
    const code = el("code", { class: "query" });
    const go = async (by) => {
        state.offset = Math.max(0, state.offset + by);
        code.textContent = write(PAGE, state.offset);
        try {
            const { reply } = await api.query(write(PAGE + 1, state.offset));
            const more = reply.rows.length > PAGE;
            const shown = { ...reply, rows: reply.rows.slice(0, PAGE) };
            place.replaceChildren(shown.rows.length > 0 ? rowsTable(shown) : el("p", {}, "No rows."));
            said.textContent = shown.rows.length === 0 ? "" : `Rows ${number(state.offset + 1)} to ${number(state.offset + shown.rows.length)}${count === null ? "" : ` of ${number(count)}`}`;
            before.disabled = state.offset === 0;
            after.disabled = !more;
        } catch (error) {
            place.replaceChildren(el("p", { class: "error", role: "alert" }, visible(error.message)));
        }
    };
    openDialog(`Rows behind ${what}`, [code, place, el("div", { class: "line" }, before, after, said)], { wide: true });
    go(0);
}
