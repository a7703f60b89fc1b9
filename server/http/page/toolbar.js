// What is asked and shown beside the shelves: shares, totals, heat map, chart, comparison, live, copies and downloads.

import { KINDS as CHARTS } from "./chart.js";
import { el, visible } from "./dom.js";
import { KINDS as HEATS } from "./heat.js";
import { openMenu } from "./menu.js";

const SHARES = [
    ["none", "Counts"],
    ["row", "% of row"],
    ["column", "% of column"],
    ["total", "% of total"],
    ["row+", "% of row + count"],
    ["column+", "% of column + count"],
    ["total+", "% of total + count"],
];

export const heatKinds = HEATS.map(([kind]) => kind);
export const chartKinds = CHARTS.map(([kind]) => kind);

export class Toolbar {
    /** handlers: onShare(percent, withCount), onTotals(on), onTurn(), onHeat(kind), onChart(kind), onCompare(dataset), onLive(on), copyItems(), downloadItems(). */
    constructor(handlers) {
        this.share = this.select("share", "Cells", SHARES, (value) => handlers.onShare(value === "none" ? null : value.replace("+", ""), value.endsWith("+")));
        this.heat = this.select("heat", "Heat", HEATS, handlers.onHeat);
        this.chart = this.select("chart", "Chart", CHARTS, handlers.onChart);
        this.compare = this.select("compare", "Compare", [["", "–"]], (value) => handlers.onCompare(value || null));
        this.totals = el("input", { type: "checkbox", id: "totals", onchange: () => handlers.onTotals(this.totals.checked) });
        this.live = el("input", { type: "checkbox", id: "live", onchange: () => handlers.onLive(this.live.checked) });
        this.livePart = el("span", { class: "check", hidden: true }, this.live, " ", el("label", { for: "live" }, "Live"));
        this.turn = el("button", { type: "button", onclick: handlers.onTurn, title: "Rows become columns" }, "Turn");
        this.element = el("div", { class: "toolbar", role: "group", "aria-label": "The answer" }, this.share.box, el("span", { class: "check" }, this.totals, " ", el("label", { for: "totals" }, "Totals")),
            this.turn, this.heat.box, this.chart.box, this.compare.box, this.livePart, this.menu("Copy", handlers.copyItems), this.menu("Download", handlers.downloadItems));
    }

    select(id, name, options, onChange) {
        const select = el("select", { id, onchange: () => onChange(select.value) }, options.map(([value, text]) => el("option", { value }, text)));
        return { select, box: el("span", { class: "choice" }, el("label", { for: id }, name), " ", select) };
    }

    menu(name, items) {
        const button = el("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false" }, `${name} ▾`);
        button.addEventListener("click", () => openMenu(button, name, items()));
        return button;
    }

    setDatasets(names, current) {
        const options = [["", "–"], ...names.filter((name) => name !== current).map((name) => [name, visible(name)])];
        this.compare.select.replaceChildren(...options.map(([value, text]) => el("option", { value }, text)));
        this.compare.box.hidden = options.length < 2;
    }

    setLive(isThere) {
        this.livePart.hidden = !isThere;
    }

    /** query: null where the shelves cannot change it. */
    show(query, { heat, chart, compare, isLive }) {
        const dims = query?.dims.length ?? 0;
        // Only counts and sums have shares.
        this.share.select.disabled = dims === 0 || query.measures.some((measure) => !/^(count|sum)\b/i.test(measure));
        this.share.select.value = query?.percent ? `${query.percent}${query.withCount ? "+" : ""}` : "none";
        this.totals.disabled = dims === 0;
        this.totals.checked = query?.totals ?? false;
        this.turn.disabled = dims === 0;
        this.heat.select.value = heat;
        this.heat.select.querySelector("[value=residual]").disabled = query !== null && dims < 2;
        this.chart.select.value = chart;
        this.compare.select.disabled = query === null;
        this.compare.select.value = compare ?? "";
        this.live.checked = isLive;
    }
}
