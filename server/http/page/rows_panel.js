// The rows behind a cell, a page at a time, and all of them as CSV.

import * as api from "./api.js";
import { openDialog } from "./dialog.js";
import { el, label, number, visible } from "./dom.js";
import { download } from "./export.js";
import { writeCount, writeRows } from "./query_text.js";

const PAGE = 50;

export function rowsTable(reply) {
    const cell = (value) => el("td", {}, value === null ? el("span", { class: "quiet" }, "–") : label(value));
    return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Rows" }, el("table", { class: "rows" },
        el("thead", {}, el("tr", {}, ["row", ...reply.fields].map((name) => el("th", { scope: "col" }, label(name))))),
        el("tbody", {}, reply.rows.map(([key, ...values]) => el("tr", {}, el("th", { scope: "row" }, label(key)), values.map(cell))))));
}

/** What the rows are counted to be, now; null if that is refused. */
async function countRows(query, conditions) {
    try {
        return (await api.query(writeCount(query, conditions))).reply.cells;
    } catch {
        return null;
    }
}

function saidOf(offset, shown, count) {
    return shown === 0 ? "No rows" : `Rows ${number(offset + 1)} to ${number(offset + shown)}${count === null ? "" : ` of ${number(count)}`}`;
}

/** what: what the cell is called; conditions: what its rows fulfil in the query; counted: how many
 * the cell has, or null. Where rows were written since, or a condition holds for values that are in no position, it is said. */
export function openRows(what, query, conditions, counted) {
    const state = { offset: 0 };
    const place = el("div", {}, el("p", { class: "quiet" }, "Reading the rows…"));
    const said = el("p", { class: "quiet", role: "status" });
    const problem = el("p", { class: "error", role: "alert" });
    const before = el("button", { type: "button", disabled: true, onclick: () => go(-PAGE) }, "Previous");
    const after = el("button", { type: "button", disabled: true, onclick: () => go(PAGE) }, "Next");
    const save = el("button", { type: "button", disabled: true, onclick: () => saveAll() }, "Download CSV");
    const code = el("code", { class: "query" });
    const go = async (by) => {
        state.offset = Math.max(0, state.offset + by);
        code.textContent = writeRows(query, conditions, PAGE, state.offset);
        problem.textContent = "";
        try {
            const [{ reply }, count] = await Promise.all([api.query(writeRows(query, conditions, PAGE + 1, state.offset)), countRows(query, conditions)]);
            const more = reply.rows.length > PAGE;
            const shown = { ...reply, rows: reply.rows.slice(0, PAGE) };
            place.replaceChildren(...(shown.rows.length > 0 ? [rowsTable(shown)] : []));
            said.textContent = [saidOf(state.offset, shown.rows.length, count), ...(count === null || counted === null || count === counted ? [] : [`the cell counted ${number(counted)}`])].join("; ");
            before.disabled = state.offset === 0;
            after.disabled = !more;
            save.disabled = shown.rows.length === 0;
        } catch (error) {
            place.replaceChildren();
            problem.textContent = visible(error.message);
        }
    };
    const saveAll = async () => {
        problem.textContent = "";
        try {
            download("rows.csv", "text/csv", (await api.query(`${writeRows(query, conditions)} format csv`)).reply);
        } catch (error) {
            problem.textContent = visible(error.message);
        }
    };
    openDialog(`Rows behind ${what}`, [code, place, problem, el("div", { class: "line" }, before, after, save, said)], { wide: true });
    go(0);
}
