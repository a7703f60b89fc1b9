// The shelves: rows, columns, layers, filter, measure, weight. They show a query and change it; the page writes the text.
//
// What stands on a shelf is a chip: Enter or a click opens its menu, Left and Right go along the shelf, with Shift they move
// the chip, Delete takes it away. A field or a chip can be dragged to any shelf that has room for it.

import { el, visible } from "./dom.js";
import { openMenu } from "./menu.js";
import { writeDim } from "./query_text.js";

export const DIMENSION_SHELVES = ["rows", "columns", "layers"];
export const SHELVES = [
    ["rows", "Rows"],
    ["columns", "Columns"],
    ["layers", "Layers"],
    ["filter", "Filter"],
    ["measure", "Measure"],
    ["weight", "Weight"],
];

/** The query's dimensions by shelf: in the text layers come first, then rows, then columns. */
export function dimsByShelf(query, { layers, columns }) {
    const n = query.dims.length;
    return { layers: query.dims.slice(0, layers), rows: query.dims.slice(layers, n - columns), columns: query.dims.slice(n - columns) };
}

export function dimsOfShelves(shelves) {
    return [...shelves.layers, ...shelves.rows, ...shelves.columns];
}

/** What stands on a shelf: [{text, part}], part what a change works on. */
function itemsOf(shelf, query, byShelf) {
    if (DIMENSION_SHELVES.includes(shelf)) {
        return byShelf[shelf].map((dim) => ({ text: writeDim(dim), part: dim }));
    }
    if (shelf === "filter") {
        return query.conditions.map((text) => ({ text, part: text }));
    }
    if (shelf === "measure") {
        return (query.measures.length > 0 ? query.measures : ["count"]).map((text) => ({ text, part: text }));
    }
    return query.weight === null ? [] : [{ text: query.weight, part: query.weight }];
}

const EMPTY = { rows: "Click or drag a field", columns: "Drop a field", layers: "Drop a field", filter: "All rows", measure: "count", weight: "None" };

export class Shelves {
    /** handlers: menuOf(shelf, at) -> items of a menu, onDrop(shelf, dragged, at), onRemove(shelf, at), onMove(shelf, at, by). */
    constructor(handlers) {
        this.handlers = handlers;
        this.lists = new Map();
        this.note = el("p", { class: "richer", role: "status" });
        this.element = el("section", { class: "shelves", "aria-label": "Shelves" }, SHELVES.map(([shelf, title]) => this.make(shelf, title)), this.note);
    }

    make(shelf, title) {
        const list = el("ul", { class: "chips", "aria-labelledby": `shelf-${shelf}`, onkeydown: (event) => this.onKey(shelf, event) });
        const box = el("div", { class: `shelf ${shelf}`, "data-shelf": shelf }, el("h3", { id: `shelf-${shelf}` }, title), list);
        box.addEventListener("dragover", (event) => {
            if (!this.isRich && event.dataTransfer.types.includes("text/x-quipu")) {
                event.preventDefault();
                box.classList.add("over");
            }
        });
        box.addEventListener("dragleave", (event) => box.contains(event.relatedTarget) || box.classList.remove("over"));
        box.addEventListener("drop", (event) => {
            event.preventDefault();
            box.classList.remove("over");
            const chip = event.target.closest("li[data-at]");
            this.handlers.onDrop(shelf, JSON.parse(event.dataTransfer.getData("text/x-quipu")), chip ? Number(chip.dataset.at) : null);
        });
        this.lists.set(shelf, list);
        return box;
    }

    /** query: null where the text is richer than the shelves; why: what to say then. */
    show(query, arrangement, why = "") {
        this.isRich = query === null;
        this.note.textContent = why;
        this.element.classList.toggle("rich", this.isRich);
        const byShelf = query && dimsByShelf(query, arrangement);
        const focused = document.activeElement?.closest?.(".shelf li[data-at]");
        const place = focused && { shelf: focused.closest(".shelf").dataset.shelf, at: Number(focused.dataset.at) };
        for (const [shelf, list] of this.lists) {
            const items = query ? itemsOf(shelf, query, byShelf) : [];
            list.replaceChildren(...items.map((item, at) => this.chip(shelf, item, at)));
            if (items.length === 0) {
                list.append(el("li", { class: "empty" }, this.isRich ? "–" : EMPTY[shelf]));
            }
        }
        if (place) {
            this.focus(place.shelf, place.at);
        }
    }

    chip(shelf, item, at) {
        const text = visible(item.text);
        const isDefault = shelf === "measure" && item.text === "count";
        const name = el("button", { type: "button", class: "chip", draggable: "true", "aria-haspopup": "menu", "aria-expanded": "false", title: text }, el("bdi", {}, text));
        name.addEventListener("click", () => openMenu(name, `Menu of ${text}`, this.handlers.menuOf(shelf, at)));
        name.addEventListener("dragstart", (event) => {
            event.dataTransfer.setData("text/x-quipu", JSON.stringify({ shelf, at }));
            event.dataTransfer.effectAllowed = "copyMove";
        });
        const remove = el("button", { type: "button", class: "remove", tabindex: "-1", "aria-label": `Remove ${text}`, onclick: () => this.handlers.onRemove(shelf, at) }, "×");
        return el("li", { "data-at": at }, name, !isDefault && remove);
    }

    /** The chip at a place of a shelf, the last one if there are fewer, or the shelf's neighbour. */
    focus(shelf, at) {
        const chips = [...this.lists.get(shelf).querySelectorAll(".chip")];
        (chips[at] ?? chips.at(-1) ?? this.element.querySelector(".chip"))?.focus();
    }

    onKey(shelf, event) {
        const chip = event.target.closest(".chip");
        if (!chip) {
            return;
        }
        const at = Number(chip.parentElement.dataset.at);
        const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (by !== undefined) {
            event.preventDefault();
            if (event.shiftKey) {
                this.handlers.onMove(shelf, at, by);
            } else {
                this.lists.get(shelf).querySelectorAll(".chip")[at + by]?.focus();
            }
        } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
            event.preventDefault();
            const chips = [...this.element.querySelectorAll(".chips")].filter((list) => list.querySelector(".chip"));
            const next = chips[chips.indexOf(this.lists.get(shelf)) + (event.key === "ArrowUp" ? -1 : 1)];
            next?.querySelector(".chip").focus();
        } else if (event.key === "Delete" || event.key === "Backspace") {
            event.preventDefault();
            this.handlers.onRemove(shelf, at);
        }
    }
}
