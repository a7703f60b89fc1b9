// An answer on the page: its tables, the chart, and what it says of itself (base, what is left out, time, shards, warnings).

import { Grid, nameOf } from "./answer.js";
import { chart } from "./chart.js";
import { cellText, Crosstab } from "./crosstab.js";
import { el, label, number, percent, visible } from "./dom.js";
import { differencePainter, painter } from "./heat.js";
import { rowsTable } from "./rows_panel.js";

const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** A query of several tables has an array of answers. */
const tablesOf = (reply) => (Array.isArray(reply) && reply[0]?.dims ? reply : [reply]);

/** What a table counts: "count by sex, age of survey". */
export function titleOf(answer) {
    const dims = answer.dims.map((dim) => visible(dim.name)).join(", ");
    return `${answer.measures.map(visible).join(", ")}${dims && ` by ${dims}`} of ${visible(answer.dataset)}`;
}

export class AnswerView {
    /** handlers: onCell(grid, row, column, element), onSort(sort), onLayer(layer). */
    constructor(handlers) {
        this.handlers = handlers;
        this.crosstabs = [];
        this.tables = []; // what can be copied and downloaded: see export.js
        this.element = el("div", { class: "answer" });
    }

    clear(...instead) {
        this.crosstabs.forEach((crosstab) => crosstab.close());
        this.crosstabs = [];
        this.tables = [];
        this.element.classList.remove("stale");
        this.element.replaceChildren(...instead);
    }

    /** Answers that are shown again after another query failed look like it. */
    setStale() {
        this.element.classList.add("stale");
    }

    /** parts: [{title, reply, took_ms, isDifference}]; look: {wish, heat, chart, sort, layer, theme}. */
    show(parts, look) {
        const focus = this.focusPlace();
        const places = this.crosstabs.map((crosstab) => crosstab.place());
        this.clear();
        const tables = parts.flatMap((part) => tablesOf(part.reply).map((reply) => ({ part, reply })));
        this.element.classList.toggle("several", tables.length > 1);
        tables.forEach(({ part, reply }) => this.element.append(this.section(part, reply, look, tables.length > 1)));
        this.crosstabs.forEach((crosstab, at) => {
            crosstab.start();
            if (places[at]) {
                crosstab.goTo(places[at]);
            }
        });
        if (focus) {
            this.element.querySelector(focus)?.focus({ preventScroll: true });
        }
    }

    /** Where the focus is, as a selector, since elements are made anew. */
    focusPlace() {
        const active = document.activeElement;
        if (!this.element.contains(active)) {
            return null;
        }
        return active.id ? `#${active.id}` : active.closest("thead") ? `button.sort[data-column="${active.dataset.column}"]` : "td[tabindex='0']";
    }

    section(part, reply, look, hasTitle) {
        if (reply?.dims) {
            return this.table(part, reply, look, hasTitle);
        }
        if (reply?.fields && Array.isArray(reply.rows)) {
            this.tables.push({ title: `rows of ${visible(reply.dataset)}`, rows: reply });
            return el("section", {}, rowsTable(reply), this.warnings(reply));
        }
        const text = Array.isArray(reply) ? reply.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n") : typeof reply === "string" ? reply : JSON.stringify(reply, null, 2);
        return el("section", {}, el("pre", { class: "plain scroll", tabindex: "0" }, visibleLines(text)));
    }

    table(part, reply, look, hasTitle) {
        const grid = new Grid(reply, look.wish, look.layer);
        const title = titleOf(reply);
        const first = this.tables.length === 0;
        const section = el("section", { class: "table-part", "data-dataset": reply.dataset }, hasTitle && el("h3", {}, label(part.title ?? title)));
        this.tables.push({ title: part.title ?? title, grid, sort: look.sort });
        if (reply.dims.length === 0) {
            section.append(figures(reply));
            section.append(...this.saidOf(part, reply));
        } else if (grid.rows === 0 || grid.columns === 0) {
            section.append(el("p", { class: "nothing" }, "Nothing found: no row has values in these positions."), ...this.saidOf(part, reply));
        } else {
            const paint = part.isDifference ? differencePainter(grid, look.theme) : painter(grid, look.heat, look.theme);
            const crosstab = new Crosstab({ ...this.handlers, onFocusCell: (...cell) => this.tellCell(...cell) });
            crosstab.start = () => crosstab.show(grid, { paint, sort: look.sort, title });
            this.crosstabs.push(crosstab);
            const drawn = first && !hasTitle ? chart(grid, look.chart, title) : null;
            this.cellLine ??= el("p", { class: "cell-line", "aria-hidden": "true" });
            this.cellLine.textContent = "";
            section.append(el("div", { class: drawn ? "beside" : "" }, el("div", { class: "table-side" }, this.layers(grid), crosstab.element, this.saidOf(part, reply), first && this.cellLine), drawn));
        }
        return section;
    }

    /** What an answer says of itself. */
    saidOf(part, reply) {
        const chi2 = reply.tests?.some((test) => test.chi2) ? tests(reply) : null;
        return [this.warnings(reply), chi2, this.facts(part, reply)].filter((one) => one !== null);
    }

    layers(grid) {
        if (grid.layerDims.length === 0) {
            return null;
        }
        return el("div", { class: "layers line" }, grid.layerDims.map((dim, at) => {
            const id = `layer-${at}`;
            const select = el("select", { id }, dim.positions.map((position, i) => el("option", { value: i, selected: i === grid.layer[at] }, visible(nameOf(position)))));
            select.addEventListener("change", () => this.handlers.onLayer(grid.layer.map((one, i) => (i === at ? Number(select.value) : one))));
            return el("span", {}, el("label", { for: id }, label(dim.name)), " ", select);
        }));
    }

    /** The cell one is at, in words: names are longer than columns are wide. */
    tellCell(grid, row, column) {
        const names = [...grid.rowNames(row), ...grid.columnNames(column)].map(visible).join(" × ");
        this.cellLine.replaceChildren(el("bdi", {}, names), `: ${grid.measure(column)} ${cellText(grid, row, column)}`);
        const residual = grid.residual(row, column);
        if (residual !== null) {
            this.cellLine.append(`, residual ${residual.toFixed(2)}`);
        }
    }

    warnings(reply) {
        return (reply.warnings ?? []).length === 0 ? null : el("ul", { class: "warnings", "aria-label": "Warnings" }, reply.warnings.map((text) => el("li", {}, label(text))));
    }

    facts(part, reply) {
        const facts = [];
        if (reply.base !== null && !part.isDifference) {
            facts.push(["base", number(reply.base)]);
        }
        if (reply.excluded?.position > 0) {
            facts.push(["in no position", number(reply.excluded.position)]);
        }
        if (reply.excluded?.weight > 0) {
            facts.push(["without a weight", number(reply.excluded.weight)]);
        }
        if (reply.hidden.length > 0) {
            facts.push(["hidden", plural(reply.hidden.length, "cell")]);
        }
        const overlaps = reply.dims.filter((dim) => dim.overlaps).map((dim) => visible(dim.name));
        if (overlaps.length > 0) {
            facts.push(["may count a row twice", overlaps.join(", ")]);
        }
        if (!part.isDifference) {
            facts.push(["took", `${number(Math.round((part.took_ms ?? reply.took_us / 1000) * 10) / 10)} ms`]);
            if (reply.shards?.length > 0) {
                facts.push(["counted", `${plural(reply.shards.reduce((sum, shard) => sum + shard.rows, 0), "row")} in ${plural(reply.shards.length, "shard")}`]);
            }
        }
        return el("dl", { class: "facts" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
    }
}

const visibleLines = (text) => text.split("\n").map(visible).join("\n");

function figures(reply) {
    const values = reply.measures.length > 1 ? reply.cells : [reply.cells];
    return el("div", { class: "figures" }, reply.measures.map((measure, at) => {
        const value = values?.[at] ?? null;
        const isHidden = reply.hidden.length > 0;
        const text = isHidden ? "hidden" : value === null ? "–" : typeof value !== "number" ? String(value) : measure === "percent" ? percent(value) : number(value);
        return el("div", {}, el("span", { class: "figure", "data-measure": measure }, text), el("span", { class: "quiet" }, measure === "count" ? (value === 1 ? "row" : "rows") : visible(measure)));
    }));
}

/** A p-value as papers write it. */
const pText = (p) => (p === null ? "–" : p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`);

function tests(reply) {
    return el("ul", { class: "tests", "aria-label": "Tests" }, reply.tests.filter((test) => test.chi2).map(({ chi2 }) =>
        el("li", {}, `χ² = ${number(chi2.statistic)}, df = ${chi2.df}, p ${pText(chi2.p)}, V = ${chi2.v?.toFixed(3) ?? "–"}`)));
}
