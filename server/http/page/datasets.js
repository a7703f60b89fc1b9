// The left side: datasets, and the fields of the chosen one with kind, number of values, share of rows without it, and a
// small bar of the most frequent values. Counts for the bars are asked for when a field comes into view.

import * as api from "./api.js";
import { el, label, number, visible } from "./dom.js";
import { openMenu } from "./menu.js";
import { writeName } from "./tokens.js";

const BAR_VALUES = 5;
const FEW_VALUES = 60;
const AT_ONCE = 2;

// value_2 before value_10.
const inOrder = new Intl.Collator("en", { numeric: true });

/** A part of a whole in whole percents; what is neither none nor all is never said to be. */
function share(part, whole) {
    const percent = (part / whole) * 100;
    return percent < 1 ? "<1%" : percent > 99 && part < whole ? ">99%" : `${Math.round(percent)}%`;
}

/** The number of values; a user with a floor is not told of all of them. */
function valuesText(field) {
    const many = field.exact === false ? "over " : "", more = field.exact === null ? " or more" : "";
    return `${many}${number(field.values)}${more} ${field.values === 1 && !more ? "value" : "values"}`;
}

export class Datasets {
    /** handlers: onDataset(name), onField(field), menuOf(field) -> items of a menu, onKey(field, key) -> whether it meant something. */
    constructor(handlers) {
        this.handlers = handlers;
        this.fields = [];
        this.asked = [];
        this.running = 0;
        this.list = el("ul", { class: "datasets" });
        this.fieldList = el("ul", { class: "fields", onkeydown: (event) => this.onKey(event) });
        this.search = el("input", { type: "search", id: "field-search", placeholder: "Search fields", "aria-label": "Search fields", oninput: () => this.filter() });
        this.heading = el("h2", { id: "fields-title" }, "Fields");
        this.count = el("p", { class: "quiet field-count", "aria-live": "polite" });
        this.fieldPart = el("section", { "aria-labelledby": "fields-title", class: "field-part", hidden: true }, this.heading, this.search, this.count,
            el("p", { class: "sr", id: "field-hint" }, "Enter opens the field's menu. Space adds it to the table. Arrow keys go to the next field."), this.fieldList);
        this.element = el("nav", { class: "side", "aria-label": "Datasets and fields" }, el("section", { "aria-labelledby": "datasets-title" }, el("h2", { id: "datasets-title" }, "Datasets"), this.list), this.fieldPart);
        this.observer = new IntersectionObserver((entries) => entries.filter((one) => one.isIntersecting).forEach((one) => this.seen(one.target)));
    }

    async load() {
        this.all = (await api.command("dataset", "list")).map((one) => one.name);
        this.show(this.dataset ?? null);
        return this.all;
    }

    show(current) {
        this.dataset = current;
        const item = (name) => el("li", {}, el("button", { type: "button", class: "dataset", "aria-current": name === current ? "true" : null, onclick: () => this.handlers.onDataset(name) }, label(name)));
        this.list.replaceChildren(...this.all.map(item));
        if (this.all.length === 0) {
            this.list.append(el("li", { class: "quiet" }, "There is none that you may see. quipu-load makes one of a file."));
        }
    }

    /** Asks what a dataset holds. Of two that are under way the later one counts. */
    async choose(name) {
        this.show(name);
        this.fieldPart.hidden = false;
        this.fieldList.replaceChildren(el("li", { class: "quiet" }, "Reading the fields…"));
        this.count.textContent = "";
        this.fields = [];
        let reply;
        let base;
        let defined;
        try {
            [{ reply }, base, defined] = await Promise.all([
                api.query(`describe ${writeName(name)}`),
                api.query(`count from ${writeName(name)}`).then((answer) => answer.reply.base, () => null),
                api.command("dataset", "describe", name).catch(() => []),
            ]);
        } catch (error) {
            if (this.dataset === name) {
                this.fieldList.replaceChildren(el("li", { class: "error" }, error.message));
            }
            return;
        }
        if (this.dataset !== name) {
            return;
        }
        this.base = base;
        const epochs = new Map(defined.map((one) => [one.field, one.epoch]));
        this.fields = Object.entries(reply).map(([field, said]) => ({ ...said, name: field, epoch: epochs.get(field) ?? null })).sort((a, b) => inOrder.compare(a.name, b.name));
        this.drawFields();
    }

    field(name) {
        return this.fields.find((one) => one.name === name) ?? { name, kind: null, values: 0, exact: true, rows: null, bytes: 0 };
    }

    drawFields() {
        this.observer.disconnect();
        this.asked = [];
        this.fieldList.replaceChildren(...this.fields.map((field, at) => this.item(field, at)));
        this.filter();
    }

    item(field, at) {
        const what = [field.kind ?? "unknown", valuesText(field)];
        if (this.base > 0 && typeof field.rows === "number" && field.rows < this.base) {
            what.push(`${share(this.base - field.rows, this.base)} missing`);
        }
        const name = el("button", { type: "button", class: "field", draggable: "true", tabindex: at === 0 ? "0" : "-1", "aria-describedby": "field-hint", onclick: () => this.handlers.onField(field) },
            el("span", { class: "field-name" }, label(field.name)), field.label ? el("span", { class: "field-label" }, label(field.label)) : null, el("span", { class: "field-kind" }, what.join(" · ")));
        name.addEventListener("dragstart", (event) => {
            event.dataTransfer.setData("text/x-quipu", JSON.stringify({ field: field.name }));
            event.dataTransfer.effectAllowed = "copyMove";
        });
        const more = el("button", { type: "button", class: "more", tabindex: "-1", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": `Menu of ${visible(field.name)}` }, "⋯");
        more.addEventListener("click", () => openMenu(more, `Menu of ${visible(field.name)}`, this.handlers.menuOf(field)));
        const item = el("li", { "data-field": field.name }, name, more, el("span", { class: "bar", "aria-hidden": "true" }));
        item.field = field;
        this.observer.observe(item);
        return item;
    }

    seen(item) {
        this.observer.unobserve(item);
        this.asked.push(item);
        this.askNext();
    }

    /** Few at once, so that a query is not held up by bars. */
    async askNext() {
        if (this.running >= AT_ONCE || this.asked.length === 0) {
            return;
        }
        const item = this.asked.shift();
        const { field } = item;
        this.running++;
        try {
            if (field.exact !== false && field.values > 0) {
                const from = `values ${writeName(field.name)} from ${writeName(this.dataset)}`;
                const { reply } = await api.query(field.values > FEW_VALUES ? `${from} order by count desc limit ${BAR_VALUES}` : from);
                this.drawBar(item, frequencies(reply));
            }
        } catch {
            // The bar is left out: the field's other figures are there.
        }
        this.running--;
        this.askNext();
    }

    drawBar(item, counts) {
        const rows = typeof item.field.rows === "number" ? item.field.rows : counts.reduce((sum, [, count]) => sum + count, 0);
        const bar = item.querySelector(".bar");
        const most = counts.sort((a, b) => b[1] - a[1]).slice(0, BAR_VALUES);
        if (rows <= 0 || most.length === 0) {
            return;
        }
        const parts = most.map(([name, count], at) => {
            const part = el("span", { class: `part p${at}` });
            part.style.width = `${Math.min(100, (count / rows) * 100)}%`;
            return part;
        });
        bar.replaceChildren(...parts);
        bar.title = most.map(([name, count]) => `${visible(name)}: ${number(count)}`).join("\n");
    }

    filter() {
        const wanted = this.search.value.trim().toLowerCase();
        let shown = 0;
        for (const item of this.fieldList.children) {
            const { field } = item;
            item.hidden = field !== undefined && wanted !== "" && !`${field.name} ${field.label ?? ""}`.toLowerCase().includes(wanted);
            shown += field !== undefined && !item.hidden ? 1 : 0;
        }
        this.count.textContent = this.fields.length === 0 ? "" : wanted === "" ? `${number(shown)} ${shown === 1 ? "field" : "fields"}` : `${number(shown)} of ${number(this.fields.length)} fields`;
        this.rove(this.visibleButtons()[0] ?? null);
    }

    visibleButtons() {
        return [...this.fieldList.querySelectorAll("li:not([hidden]) > .field")];
    }

    /** One field at a time is reached by Tab. */
    rove(button) {
        this.fieldList.querySelectorAll(".field[tabindex='0']").forEach((one) => one.setAttribute("tabindex", "-1"));
        button?.setAttribute("tabindex", "0");
    }

    onKey(event) {
        const button = event.target.closest(".field");
        if (!button) {
            return;
        }
        const buttons = this.visibleButtons();
        const at = buttons.indexOf(button);
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
        const { field } = button.parentElement;
        if (to !== undefined) {
            event.preventDefault();
            const next = buttons[Math.min(buttons.length - 1, Math.max(0, to))];
            this.rove(next);
            next.focus();
        } else if (event.key === "Enter") {
            event.preventDefault();
            openMenu(button, `Menu of ${visible(field.name)}`, this.handlers.menuOf(field));
        } else if (!event.ctrlKey && !event.altKey && !event.metaKey && this.handlers.onKey(field, event.key)) {
            event.preventDefault();
        }
    }
}

/** [[value, count]] of an answer of VALUES, whether it is a list or cells. */
export function frequencies(answer) {
    const { positions } = answer.dims[0];
    if (answer.rows !== null) {
        return answer.rows.map(([at, count]) => [positions[at].text ?? positions[at].label, count]).filter(([, count]) => count !== null);
    }
    return positions.map((position, at) => [position.text ?? position.label, answer.cells[at]]).filter(([, count]) => typeof count === "number");
}
