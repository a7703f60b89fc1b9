// The condition that a cell's rows fulfil, from its positions and from how the query wrote its dimensions: for "rows behind
// this cell" and "keep only this". Where no condition says the same (a weekday, for example) there is null.
//
//     sex = 'female'  age in [20,40)  born like '2012-06-%'

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

const textOf = (date) => date.toISOString().slice(0, 10);

/** Midnight of a day; months and days may be beyond their ends. setUTCFullYear takes a year below 100 as it is. */
function dayAt(year, month, day) {
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    return date;
}

/** The first day of a bin such as 2012-Q2, and the first one after it; null of bins that are no stretch of time. */
function stretch(word, text) {
    const [year, part = 1, day = 1] = text.split("-").map((one) => Number(one.replace(/^[QW]/, "")));
    const months = (first, n) => [dayAt(year, first, 1), dayAt(year, first + n, 1)];
    if (word === "week") {
        // Week 1 is the one with January 4.
        const monday = 4 - ((dayAt(year, 1, 4).getUTCDay() + 6) % 7) + (part - 1) * 7;
        return [dayAt(year, 1, monday), dayAt(year, 1, monday + 7)];
    }
    return { year: () => months(1, 12), quarter: () => months(part * 3 - 2, 3), month: () => months(part, 1), day: () => [dayAt(year, part, day), dayAt(year, part, day + 1)] }[word]?.() ?? null;
}

/** The dates of a bin as a condition, or null: no condition holds for the dates of a weekday. It is one test, since two tests
 * of a field of several values could hold for two of them. */
function ofDates(name, word, text, epoch) {
    const days = stretch(word, text);
    if (epoch) {
        const moments = days?.map((date) => date.getTime() / (epoch === "s" ? 1000 : 1));
        return days && `${name} in [${moments.join(",")})`;
    }
    if (word === "hour") {
        return `${name} like '____-__-___${text}:%'`;
    }
    if (word === "quarter" || word === "week") {
        // Of a day's times the last letter is Z at most.
        return `${name} between '${textOf(days[0])}' and '${textOf(new Date(days[1] - 1))}Z'`;
    }
    return days && `${name} like '${text}${word === "day" ? "" : "-"}%'`;
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
