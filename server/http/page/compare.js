// The same query over two datasets, and how they differ: an answer whose cells are the second's less the first's. Positions
// are matched by what they are called; a position that only one has counts 0 in the other.

const keyOf = (position) => JSON.stringify([position.kind, position.label]);

/** The positions of both, each of the second's own after the one that it follows there. */
function union(first, second) {
    const found = [...first];
    const known = new Map(first.map((position) => [keyOf(position), position]));
    let before = -1;
    for (const position of second) {
        const key = keyOf(position);
        if (known.has(key)) {
            before = found.findIndex((one) => keyOf(one) === key);
        } else {
            before++;
            found.splice(before, 0, position);
            known.set(key, position);
        }
    }
    return found;
}

function placesIn(dims, all) {
    return dims.map((dim, at) => {
        const places = new Map(dim.positions.map((position, i) => [keyOf(position), i]));
        return all[at].map((position) => places.get(keyOf(position)) ?? null);
    });
}

function cellOf(cells, places, index) {
    let cell = cells;
    for (let at = 0; at < index.length; at++) {
        const place = places[at][index[at]];
        if (place === null) {
            return undefined;
        }
        cell = cell[place];
    }
    return cell;
}

const isShare = (measure) => measure === "percent" || measure === "count" || measure.startsWith("sum(");

/** null is what an answer does not tell; what it does not have is 0 where the measure counts. */
function less(second, first, measure) {
    const zero = isShare(measure) ? 0 : null;
    const [b, a] = [second === undefined ? zero : second, first === undefined ? zero : first];
    return typeof a === "number" && typeof b === "number" ? b - a : null;
}

/** The difference of two answers of a count, second less first. Throws if they are no tables of the same dimensions. */
export function difference(first, second) {
    if (Array.isArray(first) || Array.isArray(second) || !first.dims || first.rows !== null || second.rows !== null) {
        throw new Error("only one table without ORDER BY, LIMIT and HAVING can be compared");
    }
    const positions = first.dims.map((dim, at) => union(dim.positions, second.dims[at].positions));
    const [ofFirst, ofSecond] = [placesIn(first.dims, positions), placesIn(second.dims, positions)];
    const hidden = new Set();
    const marked = (answer, places) => {
        const set = new Set(answer.hidden.map((index) => index.join()));
        return (index) => set.size > 0 && set.has(index.map((at, dim) => places[dim][at]).join());
    };
    const [isHiddenInFirst, isHiddenInSecond] = [marked(first, ofFirst), marked(second, ofSecond)];
    const build = (index) => {
        if (index.length < positions.length) {
            return positions[index.length].map((_, at) => build([...index, at]));
        }
        const [a, b] = [cellOf(first.cells, ofFirst, index), cellOf(second.cells, ofSecond, index)];
        if (isHiddenInFirst(index) || isHiddenInSecond(index)) {
            hidden.add(index);
        }
        return first.measures.length > 1 ? first.measures.map((measure, at) => less(b?.[at], a?.[at], measure)) : less(b, a, first.measures[0]);
    };
    return {
        ...first,
        dataset: `${second.dataset} less ${first.dataset}`,
        dims: first.dims.map((dim, at) => ({ ...dim, positions: positions[at] })),
        cells: build([]),
        hidden: [...hidden],
        // What a count says of itself is of one count.
        base: null,
        excluded: null,
        bases: null,
        effective: null,
        shards: [],
        took_us: null,
        tests: [],
        warnings: [],
    };
}
