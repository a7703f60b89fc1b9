// A field's values as boxes to check, for dialogs: each with how many rows have it.

import * as api from "./api.js";
import { frequencies } from "./datasets.js";
import { el, label, number, visible } from "./dom.js";
import { writeName } from "./tokens.js";

const MOST_VALUES = 200;
const MOST_READ = 5000;

/** The values that occur, as [value, what it is called, count]. */
async function readValues(dataset, name) {
    const { reply } = await api.query(`values ${writeName(name)} from ${writeName(dataset)}`);
    const [dim] = reply.dims;
    // The labels in words are shown, the values themselves are asked for.
    const places = dim.positions.map((position, at) => ({ ...position, text: null, label: at }));
    const counts = frequencies({ ...reply, dims: [{ ...dim, positions: places }] });
    return counts.map(([at, count]) => [dim.positions[at].label, dim.positions[at].text ?? dim.positions[at].label, count]);
}

/** A fieldset that fills itself. chosen: the values that are checked at first, also those that no row has. */
export function valueList(dataset, field, chosen = []) {
    const legend = el("legend", {}, "Values");
    const element = el("fieldset", { class: "values" }, legend, el("p", { class: "quiet" }, "Reading the values…"));
    const box = (value, said, count) => el("label", { class: "value" }, el("input", { type: "checkbox", value, checked: chosen.includes(value) }), " ", label(said), count !== null && el("span", { class: "quiet" }, ` ${number(count)}`));
    const fill = (values, note) => {
        const shown = values.slice(0, MOST_VALUES);
        const others = chosen.filter((value) => !shown.some(([one]) => one === value));
        element.replaceChildren(legend, ...others.map((value) => box(value, value, null)), ...shown.map((value) => box(...value)), note === null ? "" : el("p", { class: "quiet" }, note));
    };
    const read = async () => {
        if (field.exact === false || field.values > MOST_READ) {
            fill([], "Too many values to list. Write them in the query.");
            return;
        }
        try {
            const values = await readValues(dataset, field.name);
            fill(values, values.length > MOST_VALUES ? `The first ${MOST_VALUES} of ${number(values.length)}.` : null);
        } catch (error) {
            element.replaceChildren(legend, el("p", { class: "error" }, visible(error.message)));
        }
    };
    read();
    return element;
}

/** What is checked in it. */
export const checkedValues = (list) => [...list.querySelectorAll("input:checked")].map((box) => box.value);
