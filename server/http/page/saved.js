// Queries that are kept in the catalog, per user: QUERY SAVE, SAVED and FORGET. Hidden where the server does not know them.

import * as api from "./api.js";
import { announce } from "./announce.js";
import { openDialog } from "./dialog.js";
import { el, label, visible } from "./dom.js";

export async function hasSaved() {
    try {
        await api.command("query", "saved");
        return true;
    } catch {
        return false;
    }
}

/** text: the query on the page; open(text) opens a saved one. */
export function openSaved(text, open) {
    const list = el("ul", { class: "saved" });
    const problem = el("p", { class: "error", role: "alert" });
    const name = el("input", { id: "saved-name", required: true, maxlength: 100, autocomplete: "off" });
    const guard = async (work) => {
        problem.textContent = "";
        try {
            await work();
            await draw();
        } catch (error) {
            problem.textContent = visible(error.message);
        }
    };
    const draw = async () => {
        const all = await api.command("query", "saved");
        list.replaceChildren(...all.map((one) => el("li", {},
            el("button", { type: "button", class: "open", onclick: () => { dialog.close(); open(one.text); } }, el("strong", {}, label(one.name)), el("code", {}, label(one.text))),
            el("button", { type: "button", class: "remove", "aria-label": `Forget ${visible(one.name)}`, onclick: () => guard(() => api.command("query", "forget", one.name)) }, "×"))));
        if (all.length === 0) {
            list.append(el("li", { class: "quiet" }, "No query is saved yet."));
        }
    };
    const form = el("form", { class: "line" }, el("label", { for: "saved-name" }, "Save this query as"), name, el("button", { type: "submit", class: "primary", disabled: text.trim() === "" }, "Save"));
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        guard(async () => {
            await api.command("query", "save", name.value, text);
            announce(`Saved as ${name.value}`);
            name.value = "";
        });
    });
    const dialog = openDialog("Saved queries", [form, problem, list]);
    guard(async () => {});
}
