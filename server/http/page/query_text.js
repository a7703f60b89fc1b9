// Queries as the shelves have them, and their text.
//
//     "count sex, age by 10 from t where a = 1 and b = 2 totals"  <->
//     {dataset: "t", dims: [{field: "sex", spec: "", as: null}, {field: "age", spec: "by 10", as: null}], measures: [],
//      conditions: ["a = 1", "b = 2"], totals: true, percent: null, withCount: false, weight: null, residuals: false, rest: []}
//
// A dimension's positions, conditions, measures, and options without a shelf are kept as they were written. What does not
// have this form (several tables, EXPLAIN, ROWS, a FORMAT) is no query of the shelves: readQuery answers null.

import { depthChange, isKeyword, readName, tokens, writeName } from "./tokens.js";

const OPTIONS = ["totals", "percent", "weight", "residuals", "having", "order", "limit", "suppress", "test", "ci", "timeout", "nocache", "format", "into"];
const MEASURES = ["count", "sum", "avg", "min", "max", "median", "stddev", "variance", "distinct", "quantile"];
// After one of these comes an operand, whatever its word is.
const OPENERS = new Set(["where", "and", "or", "not", "&&", "||", "!", "(", "=", "==", "!=", "<>", "<", "<=", ">", ">=", "in", "like", "ilike", "between", "by", "having", ",", "of"]);

export function emptyQuery(dataset) {
    return { dataset, dims: [], measures: [], conditions: [], totals: false, percent: null, withCount: false, weight: null, residuals: false, rest: [] };
}

export function writeDim(dim) {
    const name = dim.field === null ? "" : writeName(dim.field);
    return [name, dim.spec, dim.as === null ? "" : `as ${dim.as}`].filter((part) => part !== "").join(" ");
}

/** The part of a query from its filter on, its last words. */
function writeWhere(conditions) {
    if (conditions.length === 0) {
        return "";
    }
    return ` where ${conditions.length === 1 ? conditions[0] : conditions.map(guarded).join(" and ")}`;
}

/** A condition as a part of a conjunction: OR binds weaker than AND. */
export function guarded(condition) {
    let depth = 0;
    for (const token of tokens(condition)) {
        depth += depthChange(token);
        if (depth === 0 && (isKeyword(token, "or") || token.text === "||")) {
            return `(${condition})`;
        }
    }
    return condition;
}

export function writeQuery(query) {
    const dims = query.dims.map(writeDim).join(", ");
    const plain = query.measures.length === 0 || (query.measures.length === 1 && query.measures[0].toLowerCase() === "count");
    let text = plain ? `count${dims && ` ${dims}`}` : `${query.measures.join(", ")}${dims && ` by ${dims}`}`;
    text += ` from ${writeName(query.dataset)}${writeWhere(query.conditions)}`;
    if (query.weight !== null) {
        text += ` weight by ${writeName(query.weight)}`;
    }
    if (query.percent !== null) {
        text += ` percent of ${query.percent}${query.withCount ? " with count" : ""}`;
    }
    text += query.totals ? " totals" : "";
    text += query.residuals ? " residuals" : "";
    return [text, ...query.rest].join(" ");
}

/** The filter of the rows behind a query's cell: the query's own, and the cell's conditions. */
function writeBehind(query, conditions) {
    const all = [...query.conditions, ...conditions].map(guarded);
    if (query.weight !== null) {
        all.push(`${writeName(query.weight)} > 0`);
    }
    return `from ${writeName(query.dataset)}${writeWhere(all)}`;
}

/** The rows behind a query's cell, all of them, or so many from one on. */
export function writeRows(query, conditions, limit = null, offset = 0) {
    return `rows * ${writeBehind(query, conditions)}${limit === null ? "" : ` limit ${limit}`}${offset ? ` offset ${offset}` : ""}`;
}

/** How many they are. */
export const writeCount = (query, conditions) => `count ${writeBehind(query, conditions)}`;

/** Pieces of list between commas that stand in no bracket, each as {from, to} in list. */
function split(list, isBorder) {
    const pieces = [];
    let depth = 0;
    let start = 0;
    list.forEach((token, at) => {
        depth += depthChange(token);
        if (depth === 0 && isBorder(token, at)) {
            pieces.push(list.slice(start, at));
            start = at + 1;
        }
    });
    pieces.push(list.slice(start));
    return pieces;
}

const isComma = (token) => token.text === "," && token.kind === "punctuation";

class Reader {
    constructor(text) {
        this.text = text;
        this.list = tokens(text);
        if (this.list.at(-1)?.text === ";") {
            this.list.pop();
        }
        this.at = 0;
    }

    slice(list) {
        return list.length === 0 ? "" : this.text.slice(list[0].from, list.at(-1).to);
    }

    is(word, ahead = 0) {
        return isKeyword(this.list[this.at + ahead], word);
    }

    /** The tokens up to the first for which isEnd holds outside of brackets. */
    until(isEnd) {
        const start = this.at;
        let depth = 0;
        while (this.at < this.list.length) {
            const token = this.list[this.at];
            if (depth === 0 && isEnd(token, this.list[this.at - 1])) {
                break;
            }
            depth += depthChange(token);
            this.at++;
        }
        return this.list.slice(start, this.at);
    }
}

/** Whether an option begins at a token, given the one before it. */
function beginsOption(token, before) {
    return token.kind === "keyword" && OPTIONS.includes(token.text.toLowerCase()) && !(before && OPENERS.has(before.text.toLowerCase()));
}

function readDim(reader, list) {
    let as = null;
    if (list.length > 2 && isKeyword(list.at(-2), "as") && readName(list.at(-1)) !== null) {
        as = list.at(-1).text;
        list = list.slice(0, -2);
    }
    if (list.length > 0 && list[0].text === "{") {
        return { field: null, spec: reader.slice(list), as };
    }
    const field = readName(list[0]);
    if (field === null || (list.length > 1 && !isKeyword(list[1], "in") && !isKeyword(list[1], "by")) || list.length === 2) {
        return null;
    }
    return { field, spec: reader.slice(list.slice(1)), as };
}

function readDims(reader, list) {
    if (list.length === 0 || list[0].text === "(") {
        return null; // nothing, or several tables
    }
    const dims = split(list, isComma).map((piece) => readDim(reader, piece));
    return dims.includes(null) ? null : dims;
}

/** The measures and dimensions before FROM into query, or false. */
function readHead(reader, query) {
    const head = reader.until((token) => isKeyword(token, "from"));
    if (head.length === 0) {
        return false;
    }
    let by = -1;
    if (!isKeyword(head[0], "count") || isComma(head[1] ?? head[0]) || isKeyword(head[1], "by")) {
        let depth = 0;
        by = head.findIndex((token) => ((depth += depthChange(token)), depth === 0 && isKeyword(token, "by")));
        const measures = split(by < 0 ? head : head.slice(0, by), isComma);
        if (measures.some((piece) => piece.length === 0 || !MEASURES.includes(piece[0].text.toLowerCase()))) {
            return false;
        }
        query.measures = measures.map((piece) => reader.slice(piece));
        if (by < 0) {
            return true;
        }
    } else if (head.length === 1) {
        return true;
    }
    query.dims = readDims(reader, head.slice(by < 0 ? 1 : by + 1));
    return query.dims !== null;
}

function readConditions(reader, list) {
    let isBetween = false;
    let mixed = false;
    const isAnd = (token, at) => {
        mixed ||= isKeyword(token, "or") || token.text === "||";
        if (isKeyword(token, "between")) {
            isBetween = true;
        } else if ((isKeyword(token, "and") || token.text === "&&") && at > 0) {
            const joins = !isBetween;
            isBetween = false;
            return joins;
        }
        return false;
    };
    const pieces = split(list, isAnd);
    if (mixed) {
        return [reader.slice(list)];
    }
    return pieces.map((piece) => {
        const whole = reader.slice(piece);
        const inner = piece.length > 2 && piece[0].text === "(" && split(piece, (_, at) => at < piece.length - 1).length === 1;
        return inner ? reader.slice(piece.slice(1, -1)) : whole;
    });
}

function readOption(reader, query) {
    const start = reader.at;
    const word = reader.list[start].text.toLowerCase();
    if (word === "totals" || word === "residuals") {
        query[word] = true;
        reader.at++;
        return true;
    }
    if (word === "weight") {
        query.weight = readName(reader.list[start + 2]);
        reader.at += 3;
        return isKeyword(reader.list[start + 1], "by") && query.weight !== null;
    }
    if (word === "percent") {
        query.percent = reader.list[start + 2]?.text.toLowerCase() ?? null;
        reader.at += 3;
        if (reader.is("with") && reader.is("count", 1)) {
            query.withCount = true;
            reader.at += 2;
        }
        return isKeyword(reader.list[start + 1], "of") && ["row", "column", "total"].includes(query.percent);
    }
    if (word === "format" || word === "into") {
        return false;
    }
    reader.at++;
    reader.until(beginsOption);
    query.rest.push(reader.slice(reader.list.slice(start, reader.at)));
    return true;
}

/** The query of a text, or null if the shelves have no place for it. */
export function readQuery(text) {
    const reader = new Reader(text);
    const query = emptyQuery("");
    if (reader.list.some((token) => token.kind === "unknown") || !readHead(reader, query) || !reader.is("from")) {
        return null;
    }
    query.dataset = readName(reader.list[reader.at + 1]);
    reader.at += 2;
    if (query.dataset === null) {
        return null;
    }
    if (reader.is("where")) {
        reader.at++;
        const list = reader.until(beginsOption);
        if (list.length === 0) {
            return null;
        }
        query.conditions = readConditions(reader, list);
    }
    while (reader.at < reader.list.length) {
        if (!beginsOption(reader.list[reader.at]) || !readOption(reader, query)) {
            return null;
        }
    }
    return query;
}
