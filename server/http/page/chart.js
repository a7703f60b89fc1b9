// The chart beside a crosstab, as SVG: bars, stacked shares, a mosaic, or lines where a dimension is dates. Each mark has its
// values as text, and the whole has a description that says them in words. What is hidden, or has no value, is a dashed mark
// of one size, and a gap in a line.

import { el, number, percent, svg } from "./dom.js";
import { MOST_COLUMNS, seriesOf } from "./series.js";

export const KINDS = [
    ["auto", "What fits"],
    ["bars", "Bars"],
    ["stacked", "Stacked shares"],
    ["mosaic", "Mosaic"],
    ["lines", "Lines"],
    ["none", "None"],
];

const SPOKEN_VALUES = 100;
const WIDTH = 440;
const SHORTEST_NAME = 6;
/** How large a mark is whose value is not told. */
const UNTOLD = 14;

function fitting(data) {
    if (data.times !== null && data.rows.length > 1) {
        return "lines";
    }
    return data.columns.length > 1 ? "stacked" : "bars";
}

function write(data, cell) {
    if (cell.value === null) {
        return cell.isHidden ? "hidden" : "no value";
    }
    return data.measure === "percent" ? percent(cell.value) : number(cell.value);
}

const isUntold = (cell) => cell.value === null;
const clip = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const sum = (cells) => cells.reduce((all, { value }) => all + Math.max(0, value ?? 0), 0);
const most = (data) => Math.max(1e-9, ...data.cells.flat().map((cell) => cell.value ?? 0));
const nameOf = (data, row, column) => [data.rows[row], data.columns[column]].filter(Boolean).join(", ");
const colour = (column) => `c${column % MOST_COLUMNS}`;

/** The text of a mark: what it stands for and its value. */
const titleOf = (data, row, column, extra = "") => svg("title", {}, `${nameOf(data, row, column)}: ${write(data, data.cells[row][column])}${extra}`);

function mark(data, row, column, attributes, extra = "") {
    return svg("rect", { class: `${isUntold(data.cells[row][column]) ? "untold " : ""}${colour(column)}`, ...attributes }, titleOf(data, row, column, extra));
}

const LEFT = 116;
/** How wide a letter is, about. */
const LETTER = 6.6;
const MANY_DOTS = 60;

function rowName(data, row, y) {
    return svg("text", { x: LEFT - 8, y, class: "name", "text-anchor": "end" }, svg("title", {}, data.rows[row]), clip(data.rows[row], 15));
}

function bars(data) {
    const several = data.columns.length > 1;
    const height = several ? 14 : 20;
    const greatest = most(data);
    const marks = [];
    let y = 4;
    data.cells.forEach((cells, row) => {
        marks.push(rowName(data, row, y + (height * cells.length) / 2 + 4));
        cells.forEach((cell, column) => {
            const width = isUntold(cell) ? UNTOLD : Math.max(0, (cell.value / greatest) * (WIDTH - LEFT - 76));
            marks.push(mark(data, row, column, { x: LEFT, y, width, height: height - 2 }));
            marks.push(svg("text", { x: LEFT + width + 5, y: y + height / 2 + 4, class: "value" }, write(data, cell)));
            y += height;
        });
        y += 6;
    });
    return { marks, height: y };
}

/** A row's parts one after the other in a length: the shares of what is told, and a fixed length of each that is not. */
function partsOf(cells, length) {
    const all = sum(cells);
    const untold = Math.min(UNTOLD, length / cells.length / 2);
    const rest = length - untold * cells.filter(isUntold).length;
    let from = 0;
    return cells.map((cell) => {
        const share = isUntold(cell) ? null : all > 0 ? Math.max(0, cell.value) / all : 0;
        const part = { share, from, length: share === null ? untold : share * rest };
        from += part.length;
        return part;
    });
}

const shareText = (share) => (share === null ? "" : ` (${percent(share * 100)})`);

function stacked(data) {
    const marks = [];
    let y = 4;
    data.cells.forEach((cells, row) => {
        marks.push(rowName(data, row, y + 15));
        partsOf(cells, WIDTH - LEFT - 8).forEach(({ share, from, length }, column) => {
            const x = LEFT + from;
            marks.push(mark(data, row, column, { x, y, width: length, height: 20 }, shareText(share)));
            if (share !== null && length > 34) {
                marks.push(svg("text", { x: x + length / 2, y: y + 14, "text-anchor": "middle", class: `on ${colour(column)}` }, `${Math.round(share * 100)}%`));
            }
        });
        y += 26;
    });
    return { marks, height: y };
}

/** Widths are the rows' shares of the table, heights the columns' shares of the row: areas are the cells. */
function mosaic(data) {
    const height = 300;
    const marks = [];
    const rows = data.cells.map((cells) => ({ value: cells.every(isUntold) ? null : sum(cells) }));
    partsOf(rows, WIDTH - 16).forEach(({ from, length: width }, row) => {
        const x = 8 + from;
        partsOf(data.cells[row], height).forEach((part, column) => {
            marks.push(mark(data, row, column, { x, y: 4 + part.from, width: Math.max(0, width - 2), height: Math.max(0, part.length - 2) }, shareText(part.share)));
        });
        const letters = Math.floor((width - 4) / LETTER);
        if (letters >= Math.min(data.rows[row].length, SHORTEST_NAME)) {
            marks.push(svg("text", { x: x + width / 2, y: height + 20, class: "name", "text-anchor": "middle" }, svg("title", {}, data.rows[row]), clip(data.rows[row], letters)));
        }
    });
    return { marks, height: height + 28 };
}

/** Where the rows stand between two places: by their time, or at equal distances. */
function placesOf(data, left, right) {
    const at = data.rows.map((_, row) => (data.times === null ? row : data.times[row].from));
    const span = at.at(-1) - at[0];
    return at.map((one) => (span > 0 ? left + ((one - at[0]) / span) * (right - left) : left));
}

/** The rows of a column between which its line is drawn: it is broken by what is not told, and by dates that are not there. */
function runsOf(data, column) {
    const runs = [];
    let isOpen = false;
    data.cells.forEach((cells, row) => {
        isOpen &&= data.times === null || data.times[row - 1].to >= data.times[row].from;
        if (isUntold(cells[column])) {
            isOpen = false;
        } else if (isOpen) {
            runs.at(-1).push(row);
        } else {
            runs.push([row]);
            isOpen = true;
        }
    });
    return runs;
}

function lines(data) {
    const [left, right, top, bottom] = [58, WIDTH - 30, 10, 270];
    const least = Math.min(0, ...data.cells.flat().map((cell) => cell.value ?? 0));
    const span = most(data) - least;
    const xs = placesOf(data, left, right);
    const yOf = (value) => bottom - ((value - least) / span) * (bottom - top);
    const marks = [];
    for (const part of [0, 0.5, 1]) {
        const y = bottom - part * (bottom - top);
        marks.push(svg("line", { x1: left, x2: right, y1: y, y2: y, class: "rule" }));
        marks.push(svg("text", { x: left - 6, y: y + 4, class: "value", "text-anchor": "end" }, number(Math.round((least + span * part) * 10) / 10)));
    }
    const room = Math.max((right - left) / 5, LETTER * (Math.max(...data.rows.map((name) => name.length)) + 1));
    let named = -Infinity;
    data.rows.forEach((name, row) => {
        if (xs[row] - named >= room) {
            named = xs[row];
            marks.push(svg("text", { x: xs[row], y: bottom + 18, class: "name", "text-anchor": "middle" }, name));
        }
    });
    const radius = data.rows.length > MANY_DOTS ? 1.5 : 3.5;
    const hidden = data.rows.map(() => 0);
    data.columns.forEach((_, column) => {
        for (const run of runsOf(data, column)) {
            const points = run.map((row) => `${xs[row].toFixed(1)},${yOf(data.cells[row][column].value).toFixed(1)}`).join(" ");
            marks.push(run.length > 1 && svg("polyline", { points, class: `line ${colour(column)}` }));
            run.forEach((row) => marks.push(svg("circle", { cx: xs[row], cy: yOf(data.cells[row][column].value), r: radius, class: colour(column) }, titleOf(data, row, column))));
        }
        data.cells.forEach((cells, row) => {
            if (cells[column].isHidden) {
                marks.push(mark(data, row, column, { x: xs[row] - 4, y: bottom - 10 - 10 * hidden[row]++, width: 8, height: 8 }));
            }
        });
    });
    return { marks, height: bottom + 26 };
}

const DRAW = { bars, stacked, mosaic, lines };

function legend(data) {
    if (data.columns.length < 2) {
        return null;
    }
    return el("ul", { class: "legend" }, data.columns.map((name, at) => {
        const swatch = svg("svg", { width: 12, height: 12, "aria-hidden": "true" }, svg("rect", { width: 12, height: 12, class: `c${at}` }));
        return el("li", { title: name }, swatch, el("bdi", {}, clip(name, 24)));
    }));
}

/** What stands under a chart: what is not drawn, and what dashes mean. */
function notes(data, drawn) {
    const left = ["rows", "columns"].filter((side) => data.left[side] > 0).map((side) => {
        const shown = data[side].length;
        return `the first ${shown} of ${shown + data.left[side]} ${data.words[side]}`;
    });
    const cells = data.cells.flat().filter((cell) => isUntold(cell) && (drawn !== "lines" || cell.isHidden));
    const dashed = [cells.some((cell) => cell.isHidden) && "hidden", cells.some((cell) => !cell.isHidden) && "no value"].filter(Boolean);
    const shares = drawn === "stacked" || drawn === "mosaic" ? " Shares are of the rest." : "";
    return [left.length > 0 && `Drawn: ${left.join(", ")}.`, dashed.length > 0 && `Dashed: ${dashed.join(", or ")}.${shares}`].filter(Boolean);
}

/** The chart of a grid as an element, or null where there is nothing to draw. */
export function chart(grid, kind, title) {
    if (kind === "none" || grid.answer.dims.length === 0) {
        return null;
    }
    const data = seriesOf(grid, kind === "auto" || kind === "lines");
    if (data.rows.length < 1 || data.columns.length < 1) {
        return null;
    }
    const drawn = kind === "auto" ? fitting(data) : kind;
    const { marks, height } = DRAW[drawn](data);
    const values = data.cells.flatMap((cells, row) => cells.map((cell, column) => `${nameOf(data, row, column)} ${write(data, cell)}`));
    const spoken = values.slice(0, SPOKEN_VALUES).join("; ") + (values.length > SPOKEN_VALUES ? "; and more in the table" : "");
    const names = { title: "chart-title", description: "chart-description" };
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-labelledby": `${names.title} ${names.description}` },
        svg("title", { id: names.title }, `${title}, as ${drawn}`), svg("desc", { id: names.description }, spoken), marks);
    return el("figure", { class: `chart ${drawn}`, "data-kind": drawn }, picture, el("figcaption", {}, legend(data), notes(data, drawn).map((text) => el("p", { class: "quiet" }, text))));
}
