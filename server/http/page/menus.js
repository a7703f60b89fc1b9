// What can be done with a field, a chip on a shelf, a cell, and an answer: items of their menus. page is what carries it out.

import { announce } from "./announce.js";
import { arrange, nameOf } from "./answer.js";
import { cellConditions } from "./condition.js";
import { cellText } from "./crosstab.js";
import { visible } from "./dom.js";
import * as files from "./export.js";
import { measuresOf, specs } from "./field.js";
import { openPositions } from "./positions_dialog.js";
import { openRows } from "./rows_panel.js";
import { dimsByShelf, DIMENSION_SHELVES } from "./shelf.js";

const RICH = "This query is richer than the shelves.";

/** Of a field on the left. */
export function fieldItems(page, field) {
    if (page.isRich) {
        return [{ text: "Begin a new table with it", run: () => page.restart(field) }];
    }
    return [
        { text: "To rows", run: () => page.put(field, "rows") },
        { text: "To columns", run: () => page.put(field, "columns") },
        { text: "To layers", run: () => page.put(field, "layers") },
        { text: "Filter…", run: () => page.put(field, "filter") },
        null,
        ...measuresOf(field).map((measure) => ({ text: `Measure: ${visible(measure)}`, run: () => page.addMeasure(measure) })),
        null,
        { text: "Weight by it", run: () => page.put(field, "weight") },
    ];
}

/** Of a chip. */
export function chipItems(page, shelf, at) {
    const items = [];
    const { query, wish } = page.state;
    if (DIMENSION_SHELVES.includes(shelf)) {
        const dim = dimsByShelf(query, arrange(query.dims.length, wish))[shelf][at];
        DIMENSION_SHELVES.filter((other) => other !== shelf).forEach((other) => items.push({ text: `To ${other}`, run: () => page.carry(shelf, at, other) }));
        if (dim.field !== null) {
            const field = page.field(dim.field);
            items.push({ text: "Filter…", run: () => page.put(field, "filter") }, null);
            items.push({ text: "Choose values…", run: () => openPositions(query.dataset, field, dim.spec, (spec) => page.setSpec(shelf, at, spec)) });
            specs(field).forEach(([text, spec]) => items.push({ text: `${spec === dim.spec ? "✓ " : ""}Cut: ${text}`, run: () => page.setSpec(shelf, at, spec) }));
        }
        items.push(null);
    }
    if (shelf === "filter") {
        items.push({ text: "Turn it around (not)", run: () => page.negate(at) });
    }
    if (shelf !== "weight") {
        items.push({ text: "Move left", run: () => page.shift(shelf, at, -1) }, { text: "Move right", run: () => page.shift(shelf, at, 1) });
    }
    items.push({ text: "Remove", run: () => page.remove(shelf, at) });
    return items;
}

/** Of a cell: its rows, or only its rows from now on. */
export function cellItems(page, grid, row, column) {
    const index = grid.index(row, column);
    const names = index.map((at, dim) => nameOf(grid.answer.dims[dim].positions[at]));
    const what = names.map(visible).join(" × ");
    const query = page.queryOfAnswer(grid.answer);
    const dims = query?.dims.map((dim) => ({ ...dim, epoch: dim.field === null ? null : page.field(dim.field).epoch }));
    const conditions = query && cellConditions(dims, grid.answer.dims, index);
    const kept = conditions?.filter((_, dim) => grid.answer.dims[dim].positions[index[dim]].kind !== "total");
    const why = query === null ? RICH : conditions === null ? "No condition says the same as this position." : null;
    const count = grid.measures[0] === "count" && typeof grid.value(row, column) === "number" && query?.weight === null ? countAt(grid, row, column) : null;
    return [
        why === null ? { text: "Rows behind this cell", run: () => openRows(what || "the table", query, conditions, count) } : { text: "Rows behind this cell", why },
        why === null && kept.length > 0 && !page.isRich ? { text: "Keep only this", run: () => page.narrow(kept, what) } : { text: "Keep only this", why: why ?? "It is all there is." },
        { text: `Copy ${cellText(grid, row, column)}`, run: () => told(files.copyText(cellText(grid, row, column).replaceAll(",", "")), "Copied") },
    ];
}

/** A cell's count, whichever of its measures was clicked. */
function countAt(grid, row, column) {
    const first = column - (column % grid.measures.length);
    return grid.value(row, first);
}

const told = (done, said) => announce(done ? said : "The browser did not let it be copied");

const withTables = (tables, work) => () => (tables.length === 0 ? announce("There is no table") : work());

/** Of an answer, what goes onto the clipboard. tables: as export.js takes them. */
export function copyItems(tables) {
    return [
        { text: "Table", run: withTables(tables, () => told(files.copyTables(tables), "Copied")) },
        { text: "CSV", run: withTables(tables, () => told(files.copyText(files.csv(tables)), "Copied")) },
        { text: "Markdown", run: withTables(tables, () => told(files.copyText(files.markdown(tables)), "Copied")) },
        { text: "Link to this view", run: () => told(files.copyText(location.href), "Link copied") },
    ];
}

/** Of an answer, what becomes a file. */
export function downloadItems(tables) {
    const save = (name, type, write) => withTables(tables, () => {
        files.download(name, type, write(tables));
        announce("Downloaded");
    });
    return [
        { text: "CSV", run: save("table.csv", "text/csv", files.csv) },
        { text: "JSON", run: save("table.json", "application/json", files.json) },
    ];
}
