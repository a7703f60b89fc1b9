// The query's text: coloured by its tokens, completed by the server's parser, with what is wrong underlined.
//
// The text is a text area whose letters are transparent; the coloured ones lie under it, letter on letter.

import * as api from "./api.js";
import { bytesBefore, el, number, offsetOfByte, visible } from "./dom.js";
import { tokens } from "./tokens.js";

const COMPLETE_AFTER_MS = 120;

export class QueryLine {
    /** handlers: onRun(text), onEdit(text). */
    constructor(handlers) {
        this.handlers = handlers;
        this.completes = true;
        this.items = [];
        this.chosen = -1;
        this.colours = el("pre", { class: "colours", "aria-hidden": "true" });
        this.area = el("textarea", {
            id: "query", rows: "1", spellcheck: "false", autocomplete: "off", autocapitalize: "off", "aria-label": "Query", "aria-describedby": "query-error",
            "aria-autocomplete": "list", "aria-controls": "completions", placeholder: "count field, field from dataset", dir: "ltr",
        });
        this.list = el("ul", { id: "completions", role: "listbox", "aria-label": "What may stand here", class: "completions", hidden: true });
        this.run = el("button", { type: "submit", class: "primary" }, "Run");
        this.problem = el("p", { id: "query-error", class: "error", role: "alert" });
        this.element = el("form", { class: "query-line" }, el("div", { class: "editor" }, this.colours, this.area, this.list), this.run, this.problem);
        this.element.addEventListener("submit", (event) => {
            event.preventDefault();
            this.submit();
        });
        this.area.addEventListener("input", () => this.edited());
        this.area.addEventListener("keydown", (event) => this.onKey(event));
        this.area.addEventListener("blur", () => this.closeList());
    }

    get text() {
        return this.area.value;
    }

    show(text) {
        this.closeList();
        this.area.value = text;
        this.setError(null);
    }

    /** error: ApiError or {message, from, to} with offsets, or null. */
    setError(error) {
        this.mark = null;
        this.problem.textContent = "";
        this.area.removeAttribute("aria-invalid");
        if (error !== null) {
            this.problem.textContent = visible(error.code && error.code !== "ERR" ? `${error.code}: ${error.message}` : error.message);
            this.area.setAttribute("aria-invalid", "true");
            this.mark = error.column ? this.tokenAt(offsetOfByte(this.text, error.column - 1)) : null;
        }
        this.paint();
    }

    /** Where the token at an offset begins and ends; at the end of the text its last letter. */
    tokenAt(offset) {
        const token = tokens(this.text).find((one) => one.from <= offset && offset < one.to);
        return token ? { from: offset, to: token.to } : { from: Math.max(0, Math.min(offset, this.text.length) - (offset >= this.text.length ? 1 : 0)), to: Math.max(1, offset + 1) };
    }

    /** The text in pieces, each with its colour, cut where the mark begins and ends. */
    paint() {
        const pieces = [];
        const add = (from, to, kind) => {
            const cuts = [from, ...(this.mark ? [this.mark.from, this.mark.to].filter((at) => at > from && at < to) : []), to];
            for (let i = 0; i + 1 < cuts.length; i++) {
                const wrong = this.mark && cuts[i] >= this.mark.from && cuts[i] < this.mark.to;
                pieces.push(kind || wrong ? el("span", { class: `${kind ? `t-${kind}` : ""}${wrong ? " wrong" : ""}` }, this.text.slice(cuts[i], cuts[i + 1])) : this.text.slice(cuts[i], cuts[i + 1]));
            }
        };
        let at = 0;
        for (const token of tokens(this.text)) {
            add(at, token.from, null);
            add(token.from, token.to, token.kind);
            at = token.to;
        }
        add(at, this.text.length, null);
        this.colours.replaceChildren(...pieces, "\n");
        this.area.style.height = "auto";
        this.area.style.height = `${this.area.scrollHeight}px`;
    }

    edited() {
        this.setError(null);
        this.handlers.onEdit(this.text);
        clearTimeout(this.timer);
        if (this.completes) {
            this.timer = setTimeout(() => this.complete(), COMPLETE_AFTER_MS);
        }
    }

    submit() {
        clearTimeout(this.timer);
        this.closeList();
        this.handlers.onRun(this.text);
    }

    async complete() {
        const text = this.text;
        const cursor = this.area.selectionStart;
        let reply;
        try {
            reply = await api.command("query", "complete", text, bytesBefore(text, cursor));
        } catch (error) {
            this.completes = error.status === 0 || error.status === 401 || error.status === 503;
            return;
        }
        if (this.text !== text || this.area.selectionStart !== cursor || document.activeElement !== this.area) {
            return;
        }
        if (reply.error) {
            const from = offsetOfByte(text, reply.error.from);
            this.mark = { from, to: Math.max(from + 1, offsetOfByte(text, reply.error.to)) };
            this.paint();
        }
        this.showList(reply.items, offsetOfByte(text, reply.from), cursor);
    }

    showList(items, from, to) {
        this.items = items;
        this.range = { from, to };
        this.chosen = -1;
        const option = (item, at) => {
            const said = [item.label, item.kind === "keyword" ? null : item.kind, typeof item.count === "number" ? number(item.count) : null].filter((part) => part !== null && part !== undefined && part !== "");
            const element = el("li", { role: "option", id: `completion-${at}`, "aria-selected": "false" }, el("bdi", {}, visible(item.text)), el("small", {}, el("bdi", {}, visible(said.join(" · ")))));
            element.addEventListener("pointerdown", (event) => {
                event.preventDefault();
                this.accept(at);
            });
            return element;
        };
        this.list.replaceChildren(...items.map(option));
        this.list.hidden = items.length === 0;
    }

    closeList() {
        this.list.hidden = true;
        this.items = [];
        this.chosen = -1;
        this.area.removeAttribute("aria-activedescendant");
    }

    choose(at) {
        this.list.children[this.chosen]?.setAttribute("aria-selected", "false");
        this.chosen = (at + this.items.length) % this.items.length;
        const option = this.list.children[this.chosen];
        option.setAttribute("aria-selected", "true");
        option.scrollIntoView({ block: "nearest" });
        this.area.setAttribute("aria-activedescendant", option.id);
    }

    accept(at) {
        const { from, to } = this.range;
        const text = this.items[at].text;
        const after = this.text.slice(to);
        const space = /^\s/.test(after) || this.items[at].kind === "punctuation" ? "" : " ";
        this.area.value = this.text.slice(0, from) + text + space + after;
        const cursor = from + text.length + (space ? 1 : 0);
        this.closeList();
        this.area.setSelectionRange(cursor, cursor);
        this.edited();
    }

    onKey(event) {
        const isOpen = !this.list.hidden;
        if (event.key === " " && event.ctrlKey) {
            event.preventDefault();
            this.complete();
        } else if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
            event.preventDefault();
            this.choose(event.key === "ArrowDown" ? this.chosen + 1 : this.chosen < 0 ? -1 : this.chosen - 1);
        } else if (isOpen && this.chosen >= 0 && (event.key === "Enter" || event.key === "Tab")) {
            event.preventDefault();
            this.accept(this.chosen);
        } else if (isOpen && event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            this.closeList();
        } else if (event.key === "Enter" && !event.shiftKey) {
            event.preventDefault();
            this.submit();
        }
    }
}
