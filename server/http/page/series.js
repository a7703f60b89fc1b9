// What a chart draws of a grid: the cells of its rows by its columns, or of its dates by all else. Totals are left out.
// in: Grid; out: {rows, columns, cells, times, measure, left, words}, names as they are shown.
//
//     count answered by month, sex    rows ["2026-05", "2026-06"], columns ["female", "male"], times [{from, to}, ...]

import { nameOf } from "./answer.js";
import { visible } from "./dom.js";
import { readPeriod } from "./period.js";

const MOST_ROWS = 40;
const MOST_DATES = 200;
/** As many colours as the page has for marks. */
export const MOST_COLUMNS = 8;

const DAY = /^\d{4}-\d\d-\d\d$/;
const NOTHING = { value: null, isHidden: false };

function numberOf(value) {
    const number = value === null || value === "" ? NaN : Number(value);
    return Number.isFinite(number) ? number : null;
}

/**
 * A position as a span of time, or null: a bin that BY YEAR, BY MONTH... made, or a whole date. The answer tells bins from
 * values, so a number such as 2012 is no year. After a bin follows the next one; what follows a date is not known.
 */
function spanOf(position) {
    if (position.kind === "bin") {
        return readPeriod(position.label);
    }
    const date = position.kind === "value" && DAY.test(position.label) ? readPeriod(position.label) : null;
    return date && { from: date.from, to: Infinity };
}

/** The first dimension of rows and columns that is time: {dim, at, spans of its positions}, or null. */
function timeOf(grid) {
    const dims = [...grid.rowDims, ...grid.columnDims];
    for (const [at, dim] of dims.entries()) {
        const body = dim.positions.filter((position) => position.kind !== "total");
        if (body.length > 1 && body.every((position) => spanOf(position) !== null)) {
            return { dim, at, spans: dim.positions.map(spanOf) };
        }
    }
    return null;
}

/** The rows and columns of a grid without totals, and the cells of the measure that is drawn. */
function bodyOf(grid) {
    const step = grid.measures.length;
    const at = Math.max(0, grid.measures.indexOf("count"));
    return {
        measure: grid.measures[at],
        rows: [...grid.rowKeys.keys()].filter((row) => !grid.isTotalRow(row)),
        keys: [...grid.columnKeys.keys()].filter((key) => !grid.isTotalColumn(key * step)),
        names: (row, key) => [grid.rowNames(row), grid.columnNames(key * step)],
        cell: (row, key) => (grid.isHidden(row, key * step) ? { value: null, isHidden: true } : { value: numberOf(grid.value(row, key * step + at)), isHidden: false }),
    };
}

const joined = (names) => visible(names.join(" · "));

function byPlace(body) {
    const { measure, rows, keys } = body;
    const [shown, series] = [rows.slice(0, MOST_ROWS), keys.slice(0, MOST_COLUMNS)];
    return {
        rows: shown.map((row) => joined(body.names(row, 0)[0]) || measure),
        columns: series.map((key) => joined(body.names(0, key)[1])),
        cells: shown.map((row) => series.map((key) => body.cell(row, key))),
        times: null,
        left: { rows: rows.length - shown.length, columns: keys.length - series.length },
        words: { rows: "rows", columns: "columns" },
    };
}

/** A line for each combination of the other dimensions, its cells by the position of time that they are of. */
function byTime(grid, body, time) {
    const lines = new Map();
    const places = new Set();
    for (const row of body.rows) {
        for (const key of body.keys) {
            const index = [...grid.rowKeys[row], ...grid.columnKeys[key]];
            const [place] = index.splice(time.at, 1);
            const id = index.join();
            if (!lines.has(id)) {
                lines.set(id, { name: joined(body.names(row, key).flat().toSpliced(time.at, 1)), cells: new Map() });
            }
            lines.get(id).cells.set(place, body.cell(row, key));
            places.add(place);
        }
    }
    const dates = [...places].sort((a, b) => time.spans[a].from - time.spans[b].from);
    const shown = dates.slice(0, MOST_DATES);
    const series = [...lines.values()].slice(0, MOST_COLUMNS);
    return {
        rows: shown.map((place) => visible(nameOf(time.dim.positions[place]))),
        columns: series.map((line) => line.name),
        cells: shown.map((place) => series.map((line) => line.cells.get(place) ?? NOTHING)),
        times: shown.map((place) => time.spans[place]),
        left: { rows: dates.length - shown.length, columns: lines.size - series.length },
        words: { rows: "dates", columns: "lines" },
    };
}

/** Cells are {value: a number or null, isHidden}. withTime: a dimension of dates, wherever it stands, becomes the rows. */
export function seriesOf(grid, withTime) {
    const body = bodyOf(grid);
    const time = withTime ? timeOf(grid) : null;
    return { measure: body.measure, ...(time === null ? byPlace(body) : byTime(grid, body, time)) };
}
