// The colours behind cells: a share of row, column or table, or an adjusted residual. Blue alone, and blue against orange,
// are scales that colour-blind people can read. The text on a colour is black or white, whichever is clearer.


const SCALES = {
    light: { share: ["#f6fafe", "#b9d7ee", "#5ba3d0", "#1c6aaf", "#08306b"], apart: ["#a04a00", "#f0a35e", "#f7f7f7", "#86b9de", "#1d5fa8"] },
    dark: { share: ["#17202b", "#1d3f5e", "#2a6a9c", "#59a4d8", "#b8e0ff"], apart: ["#f2a65a", "#8a4d14", "#20262d", "#1f5a8f", "#7cc0f5"] },
};

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** A colour of a scale at 0..1, as three channels. */
function mix(scale, at) {
    const place = Math.min(1, Math.max(0, at)) * (scale.length - 1);
    const low = Math.min(Math.floor(place), scale.length - 2);
    const [a, b] = [channels(scale[low]), channels(scale[low + 1])];
    return a.map((channel, i) => Math.round(channel + (b[i] - channel) * (place - low)));
}

/** Relative luminance, as WCAG 2 has it. */
function luminance(colour) {
    const [r, g, b] = colour.map((channel) => {
        const part = channel / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function paint(scale, at) {
    const colour = mix(scale, at);
    return { background: `rgb(${colour.join(" ")})`, text: luminance(colour) > 0.179 ? "#000" : "#fff" };
}

/** A painter of differences: blue is more, orange is less. */
export function differencePainter(grid, theme) {
    const isBody = (row, column) => !grid.isTotalRow(row) && !grid.isTotalColumn(column);
    let most = 0;
    for (let row = 0; row < grid.rows; row++) {
        for (let column = 0; column < grid.columns; column++) {
            most = isBody(row, column) ? Math.max(most, Math.abs(grid.value(row, column) ?? 0)) : most;
        }
    }
    return (row, column) => {
        const value = grid.value(row, column);
        return most === 0 || value === null || !isBody(row, column) ? null : paint(SCALES[theme].apart, 0.5 + value / most / 2);
    };
}

export const KINDS = [
    ["none", "None"],
    ["row", "% of row"],
    ["column", "% of column"],
    ["table", "% of table"],
    ["residual", "Residual"],
];

/** The measure that is coloured: a count if there is one, else the first. */
function paintedMeasure(grid) {
    const at = grid.measures.indexOf("count");
    return at >= 0 ? at : 0;
}

/** What has no shares is coloured by its values: percents as they are, others from the least to the greatest. */
function valuePainter(grid, measure, scale, isBody) {
    const step = grid.measures.length;
    const isPercent = grid.measures[measure] === "percent";
    const value = (row, key) => (isBody(row, key) ? grid.value(row, key * step + measure) : null);
    let [least, most] = isPercent ? [0, 0] : [Infinity, -Infinity];
    for (let row = 0; row < grid.rows; row++) {
        for (let key = 0; key < grid.columnKeys.length; key++) {
            const one = value(row, key);
            [least, most] = typeof one === "number" ? [Math.min(least, one), Math.max(most, one)] : [least, most];
        }
    }
    return (row, column) => {
        const one = value(row, Math.floor(column / step));
        return typeof one !== "number" || most <= least ? null : paint(scale, (one - least) / (most - least));
    };
}

/** A painter of a grid's cells: (row, column) -> {background, text} or null. */
export function painter(grid, kind, theme) {
    const scales = SCALES[theme];
    if (kind === "none" || grid.list || grid.rows === 0) {
        return () => null;
    }
    if (kind === "residual") {
        return (row, column) => {
            const residual = grid.residual(row, column);
            return residual === null ? null : paint(scales.apart, 0.5 + residual / 10);
        };
    }
    const measure = paintedMeasure(grid);
    const step = grid.measures.length;
    const isBody = (row, key) => !grid.isTotalRow(row) && !grid.isTotalColumn(key * step);
    if (!/^(count$|sum\()/.test(grid.measures[measure])) {
        return valuePainter(grid, measure, scales.share, isBody);
    }
    const rows = new Float64Array(grid.rows);
    const columns = new Float64Array(grid.columnKeys.length);
    let all = 0;
    const values = [];
    for (let row = 0; row < grid.rows; row++) {
        const line = new Float64Array(columns.length);
        for (let key = 0; key < columns.length; key++) {
            const value = isBody(row, key) ? Math.max(0, grid.value(row, key * step + measure) ?? 0) : 0;
            line[key] = value;
            rows[row] += value;
            columns[key] += value;
            all += value;
        }
        values.push(line);
    }
    const shareOf = (row, key) => {
        const base = kind === "row" ? rows[row] : kind === "column" ? columns[key] : all;
        return base > 0 ? values[row][key] / base : null;
    };
    let most = 0;
    for (let row = 0; row < grid.rows; row++) {
        for (let key = 0; key < columns.length; key++) {
            most = Math.max(most, shareOf(row, key) ?? 0);
        }
    }
    return (row, column) => {
        const key = Math.floor(column / step);
        const share = isBody(row, key) && grid.value(row, column) !== null ? shareOf(row, key) : null;
        return share === null || most === 0 ? null : paint(scales.share, share / most);
    };
}

