// An answer of a count as a grid: rows, columns and layers of cells. in: the JSON document of FORMAT JSON; out: Grid.
//
// The answer's dimensions are layers, then rows, then columns, as the query wrote them. Columns of a grid are the positions
// of its column dimensions, each with all measures.

const isTotal = (position) => position.kind === "total";
/** What a position is called: its label in words where it has one. */
export const nameOf = (position) => (isTotal(position) ? "Total" : position.text ?? position.label);

// Decimals are chosen by the first cells, so that a large table is not read as a whole before it is shown.
const SAMPLED_ROWS = 200;
const SAMPLED_COLUMNS = 60;

/** All combinations of positions of some dimensions, the last one fastest. */
function combinations(dims) {
    let found = [[]];
    for (const dim of dims) {
        found = found.flatMap((index) => dim.positions.map((_, at) => [...index, at]));
    }
    return found;
}

/** How many dimensions of n are layers and how many columns: as wished, if that many there are. */
export function arrange(n, wish = {}) {
    const columns = Math.min(wish.columns ?? (n > 1 ? 1 : 0), n);
    const layers = Math.min(wish.layers ?? Math.max(0, n - 3), n - columns);
    return { layers, columns };
}

export class Grid {
    /** wish: {layers, columns} how many dimensions are which; layer: the layer's positions. */
    constructor(answer, wish, layer = []) {
        this.answer = answer;
        this.measures = answer.measures;
        const { layers, columns } = arrange(answer.dims.length, wish);
        this.layerDims = answer.dims.slice(0, layers);
        this.rowDims = answer.dims.slice(layers, answer.dims.length - columns);
        this.columnDims = answer.dims.slice(answer.dims.length - columns);
        this.layer = this.layerDims.map((dim, at) => Math.min(layer[at] ?? 0, Math.max(0, dim.positions.length - 1)));
        this.rowKeys = combinations(this.rowDims);
        this.columnKeys = combinations(this.columnDims);
        this.hidden = new Set(answer.hidden.map((index) => index.join()));
        this.residuals = new Map(answer.tests.filter((test) => test.residuals).map((test) => [test.layer.join(), test.residuals]));
        if (answer.rows !== null) {
            this.useList();
        }
    }

    /** An answer that is a list (ORDER BY, LIMIT, HAVING): a row of the grid is an entry of the list, whole. */
    useList() {
        this.list = answerRows(this.answer);
        this.rowDims = this.answer.dims;
        this.layerDims = [];
        this.layer = [];
        this.columnDims = [];
        this.columnKeys = [[]];
        this.rowKeys = this.list.map((row) => row.index);
    }

    /** A grid for each layer, this one's among them; where there are no layers it is the only one. */
    allLayers() {
        return combinations(this.layerDims).map((layer) => Object.assign(Object.create(Grid.prototype), this, { layer, decimalsOf: undefined }));
    }

    get rows() {
        return this.rowKeys.length;
    }

    /** Columns of values: positions times measures. */
    get columns() {
        return this.columnKeys.length * this.measures.length;
    }

    index(row, column) {
        return [...this.layer, ...this.rowKeys[row], ...this.columnKeys[Math.floor(column / this.measures.length)]];
    }

    leaf(row, column) {
        if (this.list) {
            return this.list[row].leaf;
        }
        let cells = this.answer.cells;
        for (const at of this.index(row, column)) {
            cells = cells?.[at];
        }
        return cells;
    }

    measure(column) {
        return this.measures[column % this.measures.length];
    }

    /** A cell's number, or null. */
    value(row, column) {
        const leaf = this.leaf(row, column);
        return (this.measures.length > 1 ? leaf?.[column % this.measures.length] : leaf) ?? null;
    }

    /** How many decimals a column's measure is shown with: none if all its values are whole, else as its largest needs. */
    decimals(column) {
        const at = column % this.measures.length;
        this.decimalsOf ??= this.measures.map((_, measure) => this.decimalsOfMeasure(measure));
        return this.decimalsOf[at];
    }

    decimalsOfMeasure(measure) {
        const rows = Math.min(this.rows, SAMPLED_ROWS);
        let most = 0;
        let isWhole = true;
        for (let row = 0; row < rows; row++) {
            for (let column = measure; column < Math.min(this.columns, SAMPLED_COLUMNS); column += this.measures.length) {
                const value = this.value(row, column);
                if (typeof value === "number") {
                    most = Math.max(most, Math.abs(value));
                    isWhole &&= Number.isInteger(value);
                }
            }
        }
        return isWhole ? null : most >= 100 ? 1 : most >= 1 ? 2 : 4;
    }

    isHidden(row, column) {
        return this.hidden.size > 0 && this.hidden.has(this.index(row, column).join());
    }

    isTotalRow(row) {
        return this.rowKeys[row].some((at, dim) => isTotal(this.rowDims[dim].positions[at]));
    }

    isTotalColumn(column) {
        return this.columnKeys[Math.floor(column / this.measures.length)].some((at, dim) => isTotal(this.columnDims[dim].positions[at]));
    }

    layerNames() {
        return this.layer.map((at, dim) => nameOf(this.layerDims[dim].positions[at]));
    }

    /** The names of a row's positions, one for each dimension. */
    rowNames(row) {
        return this.rowKeys[row].map((at, dim) => nameOf(this.rowDims[dim].positions[at]));
    }

    columnNames(column) {
        return this.columnKeys[Math.floor(column / this.measures.length)].map((at, dim) => nameOf(this.columnDims[dim].positions[at]));
    }

    /** The adjusted residual of a cell, or null. */
    residual(row, column) {
        const index = this.index(row, column);
        const residuals = index.length < 2 ? null : this.residuals.get(index.slice(0, -2).join());
        return residuals?.[index.at(-2)]?.[index.at(-1)] ?? null;
    }

    /** The rows in order: as the query has them, or by a column's values; totals stay last. */
    order(sort) {
        const rows = [...this.rowKeys.keys()];
        if (sort === null || sort.column >= this.columns) {
            return rows;
        }
        const sign = sort.descending ? -1 : 1;
        const key = (row) => this.value(row, sort.column);
        return rows.sort((a, b) => {
            const totals = Number(this.isTotalRow(a)) - Number(this.isTotalRow(b));
            const [x, y] = [key(a), key(b)];
            if (totals !== 0 || x === y) {
                return totals || a - b;
            }
            return x === null ? 1 : y === null ? -1 : sign * (x < y ? -1 : 1);
        });
    }
}

function answerRows(answer) {
    const n = answer.dims.length;
    return answer.rows.map((row) => ({ index: row.slice(0, n), leaf: row[n] }));
}

/** The rows and columns of a grid in all its layers as texts, heads first: for copies and downloads. */
export function matrix(grid, sort, write) {
    const heads = [...grid.layerDims, ...grid.rowDims].map((dim) => dim.name);
    const several = grid.measures.length > 1;
    const columns = [...Array(grid.columns).keys()];
    const head = columns.map((column) => {
        const names = grid.columnNames(column);
        return [...names, ...(several || names.length === 0 ? [grid.measure(column)] : [])].join(" / ");
    });
    const lines = grid.allLayers().flatMap((layer) =>
        layer.order(sort).map((row) => [...layer.layerNames(), ...layer.rowNames(row), ...columns.map((column) => write(layer, row, column))]));
    return [[...heads, ...head], ...lines];
}
