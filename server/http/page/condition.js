// The condition that a cell's rows fulfil, from its positions and from how the query wrote its dimensions: for "rows behind
// this cell" and "keep only this". Where no condition says the same (a weekday, for example) there is null.
//
//     sex = 'female'  age in [20,40)  born like '2012-06-%'

import { readPeriod } from "./period.js";
import { depthChange, isKeyword, tokens, writeName, writeValue } from "./tokens.js";

const WORDS_OF_DATES = ["year", "quarter", "month", "week", "day", "weekday", "hour"];

/** The items of "in {...}", each {kind, text, singles}: what one item of the list says, without its AS. */
function listItems(spec) {
    const list = tokens(spec);
    const open = list.findIndex((token) => token.text === "{");
    const items = [];
    let item = [];
    let depth = 0;
    for (const token of list.slice(open + 1, -1)) {
        depth += depthChange(token);
        if (depth === 0 && token.text === ",") {
            items.push(item);
            item = [];
        } else {
            item.push(token);
        }
    }
    items.push(item);
    return items.filter((one) => one.length > 0).map((one) => listItem(spec, one));
}

function listItem(spec, list) {
    if (list.length > 2 && isKeyword(list.at(-2), "as")) {
        list = list.slice(0, -2);
    }
    const text = spec.slice(list[0].from, list.at(-1).to);
    const isCall = list[1]?.text === "(";
    if (isCall && isKeyword(list[0], "when")) {
        return { kind: "when", text: spec.slice(list[1].from, list.at(-1).to) };
    }
    if (isCall && isKeyword(list[0], "net")) {
        return { kind: "single", text: spec.slice(list[1].to, list.at(-1).from) };
    }
    if (list[0].text === "*" || (isKeyword(list[0], "top") && list.length === 2)) {
        return { kind: "many", text };
    }
    if (isKeyword(list[0], "by") && list.length > 1) {
        return { kind: "many", text, bins: text };
    }
    if (list.length === 1 && isKeyword(list[0], "other")) {
        return { kind: "other", text };
    }
    if (list.length === 1 && isKeyword(list[0], "missing")) {
        return { kind: "missing", text };
    }
    // (a,b) is a group, unless it is a range with an open end: (17,64] or (,64].
    const isGroup = list[0].text === "(" && list.at(-1).text === ")";
    return { kind: "single", text: isGroup ? spec.slice(list[0].to, list.at(-1).from) : text };
}

const dayOf = (time) => new Date(time).toISOString().slice(0, 10);

/** The dates of a bin as a condition, or null: no condition holds for the dates of a weekday. It is one test, since two tests
 * of a field of several values could hold for two of them. */
function ofDates(name, word, text, epoch) {
    const span = readPeriod(text);
    if (epoch) {
        const moments = span && [span.from, span.to].map((time) => time / (epoch === "s" ? 1000 : 1));
        return span && `${name} in [${moments.join(",")})`;
    }
    if (word === "hour") {
        return `${name} like '____-__-___${text}:%'`;
    }
    if (word === "quarter" || word === "week") {
        // Of a day's times the last letter is Z at most.
        return `${name} between '${dayOf(span.from)}' and '${dayOf(span.to - 1)}Z'`;
    }
    return span && `${name} like '${text}${word === "day" ? "" : "-"}%'`;
}

function ofBin(dim, name, bins, text) {
    const word = bins?.split(/\s+/)[1]?.toLowerCase();
    return WORDS_OF_DATES.includes(word) ? ofDates(name, word, text, dim.epoch) : `${name} in ${text}`;
}

/** Of one position. positions: the dimension's, in the answer's order. */
function ofPosition(dim, described, at) {
    const position = described.positions[at];
    const name = dim.field === null ? null : writeName(dim.field);
    const places = described.positions.filter((one) => one.kind !== "total").length;
    if (position.kind === "total") {
        return ofTotal(dim, described, name);
    }
    const isList = /^in\s*\{/i.test(dim.spec) || dim.field === null;
    if (!isList) {
        return position.kind === "bin" ? ofBin(dim, name, dim.spec, position.label) : `${name} = ${writeValue(position.label)}`;
    }
    const items = listItems(dim.spec);
    const many = items.findIndex((item) => item.kind === "many");
    const extra = places - items.length;
    if (many >= 0 && at >= many && at <= many + extra) {
        return position.kind === "bin" ? ofBin(dim, name, items[many].bins, position.label) : `${name} = ${writeValue(position.label)}`;
    }
    const item = items[many >= 0 && at > many + extra ? at - extra : at];
    if (item === undefined) {
        return null;
    }
    if (item.kind === "when") {
        return item.text;
    }
    if (item.kind === "missing") {
        return `${name} is missing`;
    }
    if (item.kind !== "other") {
        return `${name} in {${item.text}}`;
    }
    if (described.overlaps || items.some((one) => one.bins)) {
        return null; // a row may have another value beside those that are named
    }
    const named = items.filter((one) => one.kind === "single").map((one) => one.text);
    if (many >= 0) {
        named.push(...described.positions.slice(many, many + extra + 1).map((one) => writeValue(one.label)));
    }
    return named.length === 0 ? `${name} exists` : `${name} not in {${named.join(", ")}}`;
}

/** Of all positions together: each row in any of them. */
function ofTotal(dim, described, name) {
    if (dim.field !== null && dim.spec === "") {
        return `${name} exists`;
    }
    const places = described.positions.map((position, at) => (position.kind === "total" ? null : at)).filter((at) => at !== null);
    if (places.length > 100) {
        return null;
    }
    const parts = places.map((at) => ofPosition(dim, described, at));
    return parts.includes(null) || parts.length === 0 ? null : parts.map((part) => `(${part})`).join(" or ");
}

/** The conditions of a cell, one for each dimension, or null. dims: the query's, each with the field's epoch; described: the answer's; index: positions. */
export function cellConditions(dims, described, index) {
    const parts = dims.map((dim, at) => ofPosition(dim, described[at], index[at]));
    return parts.includes(null) ? null : parts;
}
