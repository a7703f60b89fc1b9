// Changes of a query by shelves. A state is {query, wish}: the query, and how many of its dimensions are layers and columns.
// Each function answers a new state; the old one stays as it is.

import { arrange } from "./answer.js";
import { dimsByShelf, dimsOfShelves, DIMENSION_SHELVES } from "./shelf.js";

function withShelves(state, change) {
    const shelves = dimsByShelf(state.query, arrange(state.query.dims.length, state.wish));
    change(shelves);
    return { query: { ...state.query, dims: dimsOfShelves(shelves) }, wish: { layers: shelves.layers.length, columns: shelves.columns.length } };
}

const withQuery = (state, part) => ({ ...state, query: { ...state.query, ...part } });
const without = (list, at) => list.filter((_, i) => i !== at);

function inserted(list, item, at) {
    const copy = [...list];
    copy.splice(at ?? copy.length, 0, item);
    return copy;
}

const measuresOfQuery = (query) => (query.measures.length > 0 ? query.measures : ["count"]);

/** What cannot stay when a dimension leaves: RESIDUALS needs two. */
function settled(state) {
    const { query } = state;
    return query.residuals && query.dims.length < 2 ? withQuery(state, { residuals: false }) : state;
}

export function addDim(state, shelf, dim, at = null) {
    return withShelves(state, (shelves) => {
        shelves[shelf] = inserted(shelves[shelf], dim, at);
    });
}

/** A field that is clicked: to the rows, then to the columns, then to the rows again. */
export function nextShelf(state) {
    const { layers, columns } = arrange(state.query.dims.length, state.wish);
    return state.query.dims.length - layers - columns > 0 && columns === 0 ? "columns" : "rows";
}

export const addCondition = (state, condition) => withQuery(state, { conditions: state.query.conditions.includes(condition) ? state.query.conditions : [...state.query.conditions, condition] });

export function addMeasure(state, measure) {
    const { measures, percent } = state.query;
    // Shares are of counts and sums: an average has none.
    const keeps = percent === null || /^(count|sum)\b/i.test(measure);
    const list = measures.length === 0 ? ["count"] : measures;
    return withQuery(state, { measures: list.includes(measure) ? list : [...list, measure], percent: keeps ? percent : null, withCount: keeps && state.query.withCount });
}

export const setWeight = (state, field) => withQuery(state, { weight: field });

export function remove(state, shelf, at) {
    if (DIMENSION_SHELVES.includes(shelf)) {
        return settled(withShelves(state, (shelves) => {
            shelves[shelf] = without(shelves[shelf], at);
        }));
    }
    if (shelf === "filter") {
        return withQuery(state, { conditions: without(state.query.conditions, at) });
    }
    return shelf === "weight" ? setWeight(state, null) : withQuery(state, { measures: without(measuresOfQuery(state.query), at) });
}

/** Along its own shelf. */
export function shift(state, shelf, at, by) {
    const moved = (list) => {
        const to = at + by;
        return to < 0 || to >= list.length ? list : inserted(without(list, at), list[at], to);
    };
    if (DIMENSION_SHELVES.includes(shelf)) {
        return withShelves(state, (shelves) => {
            shelves[shelf] = moved(shelves[shelf]);
        });
    }
    if (shelf === "filter") {
        return withQuery(state, { conditions: moved(state.query.conditions) });
    }
    return shelf === "measure" ? withQuery(state, { measures: moved(measuresOfQuery(state.query)) }) : state;
}

/** A dimension from one of the shelves of dimensions to another. */
export function carry(state, from, at, to, toAt = null) {
    return withShelves(state, (shelves) => {
        const dim = shelves[from][at];
        shelves[from] = without(shelves[from], at);
        shelves[to] = inserted(shelves[to], dim, toAt);
    });
}

export function setSpec(state, shelf, at, spec) {
    return withShelves(state, (shelves) => {
        shelves[shelf] = shelves[shelf].map((dim, i) => (i === at ? { ...dim, spec } : dim));
    });
}

/** Rows to columns and back. */
export function turn(state) {
    return withShelves(state, (shelves) => {
        [shelves.rows, shelves.columns] = [shelves.columns, shelves.rows];
    });
}
