// A view as the address's fragment, which the browser does not send to a server, and back.
//
//     #q=count+sex+from+survey&l=0&c=1&heat=row&chart=auto

const NUMBERS = ["l", "c"];

/** view: {text, wish: {layers, columns}, heat, chart, compare, sort, layer}. */
export function writeLink(view) {
    const parts = new URLSearchParams();
    parts.set("q", view.text);
    if (view.wish.layers !== undefined) {
        parts.set("l", view.wish.layers);
    }
    if (view.wish.columns !== undefined) {
        parts.set("c", view.wish.columns);
    }
    if (view.heat !== "none") {
        parts.set("heat", view.heat);
    }
    if (view.chart !== "auto") {
        parts.set("chart", view.chart);
    }
    if (view.compare) {
        parts.set("with", view.compare);
    }
    if (view.sort) {
        parts.set("sort", `${view.sort.column}${view.sort.descending ? "-" : "+"}`);
    }
    if (view.layer.some((at) => at > 0)) {
        parts.set("layer", view.layer.join("."));
    }
    return `#${parts}`;
}

/** The view of a fragment, or null. Whatever it holds, only numbers and known words come out beside the texts. */
export function readLink(fragment, { heats, charts }) {
    const parts = new URLSearchParams(fragment.replace(/^#/, ""));
    const text = parts.get("q");
    if (!text) {
        return null;
    }
    const [layers, columns] = NUMBERS.map((name) => (/^\d{1,2}$/.test(parts.get(name) ?? "") ? Number(parts.get(name)) : undefined));
    const sort = /^(\d{1,7})([+ -])$/.exec(parts.get("sort") ?? "");
    const layer = /^\d{1,7}(\.\d{1,7})*$/.test(parts.get("layer") ?? "") ? parts.get("layer").split(".").map(Number) : [];
    const known = (name, words, otherwise) => (words.includes(parts.get(name)) ? parts.get(name) : otherwise);
    return {
        text, wish: { layers, columns }, heat: known("heat", heats, "none"), chart: known("chart", charts, "auto"), compare: parts.get("with") || null,
        sort: sort ? { column: Number(sort[1]), descending: sort[2] === "-" } : null, layer,
    };
}
