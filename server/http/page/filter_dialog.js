// A condition on a field, chosen: some of its values, a range of numbers, or rows without it.

import { openDialog } from "./dialog.js";
import { el, visible } from "./dom.js";
import { isBetween, isOneOf } from "./field.js";
import { writeName } from "./tokens.js";
import { checkedValues, valueList } from "./value_list.js";

/** done(condition) gets the condition as text. */
export function openFilter(dataset, field, done) {
    const name = visible(field.name);
    const problem = el("p", { class: "error", role: "alert" });
    const values = valueList(dataset, field);
    const from = el("input", { id: "filter-from", inputmode: "decimal", size: "8" });
    const to = el("input", { id: "filter-to", inputmode: "decimal", size: "8" });
    const missing = el("input", { type: "checkbox", id: "filter-missing" });
    const isNumber = field.kind === "integer" || field.kind === "number";
    const range = isNumber ? el("fieldset", { class: "line" }, el("legend", {}, "Or a range"), el("label", { for: "filter-from" }, "from"), from, el("label", { for: "filter-to" }, "to"), to) : null;
    const form = el("form", {}, values, range, el("p", {}, missing, " ", el("label", { for: "filter-missing" }, "Rows without it")), problem,
        el("div", { class: "line" }, el("button", { type: "submit", class: "primary" }, "Keep only these")));
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        const chosen = checkedValues(values);
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
}
