// The chart beside a crosstab, as SVG: bars, stacked shares, a mosaic, or lines where the rows are dates. Each mark has its
// values as text, and the whole has a description that says them in words.

import { el, number, percent, svg, visible } from "./dom.js";

export const KINDS = [
    ["auto", "What fits"],
    ["bars", "Bars"],
    ["stacked", "Stacked shares"],
    ["mosaic", "Mosaic"],
    ["lines", "Lines"],
    ["none", "None"],
];

const MOST_ROWS = 40;
const MOST_COLUMNS = 8;
const SPOKEN_VALUES = 100;
const WIDTH = 440;
const SHORTEST_NAME = 6;

const numberOf = (value) => (value === null ? null : Number(value));
const isDate = (text) => /^\d{4}(-(\d\d|Q[1-4]|W\d\d)(-\d\d)?)?$/.test(text);

/** The body of a grid as series: rows, columns, values; totals and what is null or below 0 left out. */
function dataOf(grid) {
    const step = grid.measures.length;
    const at = Math.max(0, grid.measures.indexOf("count"));
    const columns = [...grid.columnKeys.keys()].filter((key) => !grid.isTotalColumn(key * step));
    const rows = [...grid.rowKeys.keys()].filter((row) => !grid.isTotalRow(row));
    const shown = rows.slice(0, MOST_ROWS);
    const series = columns.slice(0, MOST_COLUMNS);
    return {
        rows: shown.map((row) => visible(grid.rowNames(row).join(" · ") || grid.measures[at])),
        columns: series.map((key) => visible(grid.columnNames(key * step).join(" · "))),
        values: shown.map((row) => series.map((key) => numberOf(grid.value(row, key * step + at)))),
        left: { rows: rows.length - shown.length, columns: columns.length - series.length },
        measure: grid.measures[at],
        isTime: grid.rowDims.length === 1 && rows.length > 1 && rows.every((row) => isDate(grid.rowNames(row)[0])),
    };
}

function fitting(data) {
    if (data.isTime) {
        return "lines";
    }
    return data.columns.length > 1 ? "stacked" : "bars";
}

const write = (data, value) => (value === null ? "not told" : data.measure === "percent" ? percent(value) : number(value));
const clip = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const sum = (values) => values.reduce((all, value) => all + Math.max(0, value), 0);
const nameOf = (data, row, column) => [data.rows[row], data.columns[column]].filter(Boolean).join(", ");

function mark(data, row, column, attributes, extra = "") {
    const text = `${nameOf(data, row, column)}: ${write(data, data.values[row][column])}${extra}`;
    return svg("rect", { class: `c${column % MOST_COLUMNS}`, ...attributes }, svg("title", {}, text));
}

const LEFT = 116;

function rowName(data, row, y) {
    return svg("text", { x: LEFT - 8, y, class: "name", "text-anchor": "end" }, svg("title", {}, data.rows[row]), clip(data.rows[row], 15));
}

function bars(data) {
    const several = data.columns.length > 1;
    const height = several ? 14 : 20;
    const most = Math.max(1e-9, ...data.values.flat());
    const marks = [];
    let y = 4;
    data.rows.forEach((_, row) => {
        marks.push(rowName(data, row, y + (height * data.values[row].length) / 2 + 4));
        data.values[row].forEach((value, column) => {
            const width = Math.max(0, (value / most) * (WIDTH - LEFT - 76));
            marks.push(mark(data, row, column, { x: LEFT, y, width, height: height - 2 }));
            marks.push(svg("text", { x: LEFT + width + 5, y: y + height / 2 + 4, class: "value" }, write(data, value)));
            y += height;
        });
        y += 6;
    });
    return { marks, height: y };
}

function stacked(data) {
    const marks = [];
    let y = 4;
    data.rows.forEach((_, row) => {
        const all = sum(data.values[row]);
        marks.push(rowName(data, row, y + 15));
        let x = LEFT;
        data.values[row].forEach((value, column) => {
            const share = all > 0 ? Math.max(0, value) / all : 0;
            const width = share * (WIDTH - LEFT - 8);
            marks.push(mark(data, row, column, { x, y, width, height: 20 }, ` (${percent(share * 100)})`));
            if (width > 34) {
                marks.push(svg("text", { x: x + width / 2, y: y + 14, "text-anchor": "middle", class: `on c${column % MOST_COLUMNS}` }, `${Math.round(share * 100)}%`));
            }
            x += width;
        });
        y += 26;
    });
    return { marks, height: y };
}

/** Widths are the rows' shares of the table, heights the columns' shares of the row: areas are the cells. */
function mosaic(data) {
    const height = 300;
    const totals = data.values.map(sum);
    const all = sum(totals);
    const marks = [];
    let x = 8;
    data.rows.forEach((_, row) => {
        const width = all > 0 ? (totals[row] / all) * (WIDTH - 16) : 0;
        let y = 4;
        data.values[row].forEach((value, column) => {
            const share = totals[row] > 0 ? Math.max(0, value) / totals[row] : 0;
            marks.push(mark(data, row, column, { x, y, width: Math.max(0, width - 2), height: Math.max(0, share * height - 2) }, ` (${percent(share * 100)})`));
            y += share * height;
        });
        const letters = Math.floor((width - 4) / 6.6);
        if (letters >= Math.min(data.rows[row].length, SHORTEST_NAME)) {
            marks.push(svg("text", { x: x + width / 2, y: height + 20, class: "name", "text-anchor": "middle" }, svg("title", {}, data.rows[row]), clip(data.rows[row], letters)));
        }
        x += width;
    });
    return { marks, height: height + 28 };
}

function lines(data) {
    const [left, right, top, bottom] = [58, 30, 10, 270];
    const most = Math.max(1e-9, ...data.values.flat());
    const xOf = (row) => left + (data.rows.length > 1 ? (row / (data.rows.length - 1)) * (WIDTH - left - right) : 0);
    const yOf = (value) => bottom - (value / most) * (bottom - top);
    const marks = [];
    for (const part of [0, 0.5, 1]) {
        const y = yOf(most * part);
        marks.push(svg("line", { x1: left, x2: WIDTH - right, y1: y, y2: y, class: "rule" }));
        marks.push(svg("text", { x: left - 6, y: y + 4, class: "value", "text-anchor": "end" }, number(Math.round(most * part * 10) / 10)));
    }
    const every = Math.ceil(data.rows.length / 5);
    data.rows.forEach((name, row) => {
        if (row % every === 0) {
            marks.push(svg("text", { x: xOf(row), y: bottom + 18, class: "name", "text-anchor": "middle" }, name));
        }
    });
    data.values[0]?.forEach((_, column) => {
        const points = data.values.map((values, row) => `${xOf(row).toFixed(1)},${yOf(values[column]).toFixed(1)}`).join(" ");
        marks.push(svg("polyline", { points, class: `line c${column % MOST_COLUMNS}` }));
        data.values.forEach((values, row) => {
            const text = `${nameOf(data, row, column)}: ${write(data, values[column])}`;
            marks.push(svg("circle", { cx: xOf(row), cy: yOf(values[column]), r: 3.5, class: `c${column % MOST_COLUMNS}` }, svg("title", {}, text)));
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

/** The chart of a grid as an element, or null where there is nothing to draw. */
export function chart(grid, kind, title) {
    const data = dataOf(grid);
    if (kind === "none" || data.rows.length < 1 || data.columns.length < 1 || grid.answer.dims.length === 0) {
        return null;
    }
    const drawn = kind === "auto" ? fitting(data) : kind;
    const { marks, height } = DRAW[drawn](data);
    const values = data.rows.flatMap((_, row) => data.values[row].map((value, column) => `${nameOf(data, row, column)} ${write(data, value)}`));
    const spoken = values.slice(0, SPOKEN_VALUES).join("; ") + (values.length > SPOKEN_VALUES ? "; and more in the table" : "");
    const names = { title: "chart-title", description: "chart-description" };
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-labelledby": `${names.title} ${names.description}` },
        svg("title", { id: names.title }, `${title}, as ${drawn}`), svg("desc", { id: names.description }, spoken), marks);
    const left = [];
    if (data.left.rows > 0) {
        left.push(`the first ${MOST_ROWS} of ${MOST_ROWS + data.left.rows} rows`);
    }
    if (data.left.columns > 0) {
        left.push(`the first ${MOST_COLUMNS} of ${MOST_COLUMNS + data.left.columns} columns`);
    }
    return el("figure", { class: `chart ${drawn}`, "data-kind": drawn }, picture, el("figcaption", {}, legend(data), left.length > 0 && el("p", { class: "quiet" }, `Drawn: ${left.join(", ")}.`)));
}
