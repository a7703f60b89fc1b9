// A condition on a field, chosen: some of its values, a range of numbers, or rows without it.

import * as api from "./api.js";
import { frequencies } from "./datasets.js";
import { openDialog } from "./dialog.js";
import { el, label, number, visible } from "./dom.js";
import { isBetween, isOneOf } from "./field.js";
import { writeName } from "./tokens.js";

const MOST_VALUES = 200;

/** done(condition) gets the condition as text. */
export function openFilter(dataset, field, done) {
    const name = visible(field.name);
    const problem = el("p", { class: "error", role: "alert" });
    const values = el("fieldset", { class: "values" }, el("legend", {}, "Values"), el("p", { class: "quiet" }, "Reading the values…"));
    const from = el("input", { id: "filter-from", inputmode: "decimal", size: "8" });
    const to = el("input", { id: "filter-to", inputmode: "decimal", size: "8" });
    const missing = el("input", { type: "checkbox", id: "filter-missing" });
    const isNumber = field.kind === "integer" || field.kind === "number";
    const range = isNumber ? el("fieldset", { class: "line" }, el("legend", {}, "Or a range"), el("label", { for: "filter-from" }, "from"), from, el("label", { for: "filter-to" }, "to"), to) : null;
    const form = el("form", {}, values, range, el("p", {}, missing, " ", el("label", { for: "filter-missing" }, "Rows without it")), problem,
        el("div", { class: "line" }, el("button", { type: "submit", class: "primary" }, "Keep only these")));
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const chosen = [...values.querySelectorAll("input:checked")].map((box) => box.value);
        const parts = [];
        if (chosen.length > 0) {
            parts.push(isOneOf(field.name, chosen));
        }
        if (from.value.trim() !== "" || to.value.trim() !== "") {
            if ([from, to].some((input) => input.value.trim() !== "" && !Number.isFinite(Number(input.value)))) {
                problem.textContent = "A range is from one number to another.";
                return;
            }
            const [least, most] = [from, to].map((input) => (input.value.trim() === "" ? "" : String(Number(input.value))));
            parts.push(isBetween(field.name, least, most));
        }
        if (missing.checked) {
            parts.push(`${writeName(field.name)} is missing`);
        }
        if (parts.length === 0) {
            problem.textContent = "Choose a value first.";
            return;
        }
        dialog.close();
        done(parts.join(" or "));
    });
    const dialog = openDialog(`Filter by ${name}`, [form]);
    fill(dataset, field, values);
}

async function fill(dataset, field, values) {
    const legend = values.querySelector("legend");
    try {
        if (field.exact === false || field.values > 5000) {
            values.replaceChildren(legend, el("p", { class: "quiet" }, "Too many values to list. Write a condition in the query."));
            return;
        }
        const { reply } = await api.query(`values ${writeName(field.name)} from ${writeName(dataset)}`);
        // The labels in words are shown, the values themselves are asked for.
        const raw = reply.dims[0].positions.map((position) => position.label);
        const counts = frequencies({ ...reply, dims: [{ ...reply.dims[0], positions: reply.dims[0].positions.map((position, at) => ({ ...position, text: null, label: at })) }] });
        const boxes = counts.slice(0, MOST_VALUES).map(([at, count]) => {
            const said = reply.dims[0].positions[at].text;
            return el("label", { class: "value" }, el("input", { type: "checkbox", value: raw[at] }), " ", label(said ?? raw[at]), el("span", { class: "quiet" }, ` ${number(count)}`));
        });
        values.replaceChildren(legend, ...boxes);
        if (counts.length > MOST_VALUES) {
            values.append(el("p", { class: "quiet" }, `The first ${MOST_VALUES} of ${number(counts.length)}.`));
        }
    } catch (error) {
        values.replaceChildren(legend, el("p", { class: "error" }, visible(error.message)));
    }
}
