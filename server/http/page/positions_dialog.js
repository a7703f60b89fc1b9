// The positions of a dimension, chosen: some of the field's values, each by itself or all as one, the others, rows without it.

import { openDialog } from "./dialog.js";
import { el, visible } from "./dom.js";
import { listSpec, readList } from "./field.js";
import { checkedValues, valueList } from "./value_list.js";

/** spec: the positions as they are; done(spec) gets those that are chosen, as text. */
export function openPositions(dataset, field, spec, done) {
    const now = readList(spec);
    const before = now ?? { values: [], group: "", other: false, missing: false };
    const problem = el("p", { class: "error", role: "alert" });
    const values = valueList(dataset, field, before.values);
    const group = el("input", { id: "positions-group", value: before.group, size: "20", autocomplete: "off" });
    const other = el("input", { type: "checkbox", id: "positions-other", checked: before.other });
    const missing = el("input", { type: "checkbox", id: "positions-missing", checked: before.missing });
    const form = el("form", {}, now === null && spec !== "" && el("p", { class: "quiet" }, el("code", {}, visible(spec)), " is replaced by what you choose."), values,
        el("p", { class: "line" }, el("label", { for: "positions-group" }, "All of them as one position, called"), group),
        el("p", {}, other, " ", el("label", { for: "positions-other" }, "All other values as one position")),
        el("p", {}, missing, " ", el("label", { for: "positions-missing" }, "Rows without it")), problem,
        el("div", { class: "line" }, el("button", { type: "submit", class: "primary" }, "Show these")));
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const checked = checkedValues(values);
        if (checked.length === 0) {
            problem.textContent = "Choose a value first.";
            return;
        }
        // What was there keeps its order.
        const inOrder = [...before.values.filter((value) => checked.includes(value)), ...checked.filter((value) => !before.values.includes(value))];
        dialog.close();
        done(listSpec({ values: inOrder, group: group.value.trim(), other: other.checked, missing: missing.checked }));
    });
    const dialog = openDialog(`Positions of ${visible(field.name)}`, [form]);
}
