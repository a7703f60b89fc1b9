// How a field becomes a dimension or a condition: what stands to reason for its kind, and what else may be chosen.
//
// A field is what DESCRIBE says of it: {name, kind, values, exact, rows, least, greatest, most_frequent, bytes, label}, and
// epoch: "s" or "ms" of a field of numbers that are read as dates.

import { isKeyword, readText, tokens, writeName, writeText, writeValue } from "./tokens.js";

const FEW_VALUES = 24;
const TOP = 10;

/** A round width that makes about eight bins of a range. */
function roundWidth(least, greatest) {
    const raw = (greatest - least) / 8;
    const power = 10 ** Math.floor(Math.log10(raw));
    const times = [1, 2, 5, 10].find((one) => one * power >= raw * 0.999);
    return Number((times * power).toPrecision(3));
}

const isDates = (field) => field.kind === "date" || Boolean(field.epoch);

function dateBins(field) {
    const moment = { s: (text) => Number(text) * 1000, ms: Number }[field.epoch] ?? Date.parse;
    const days = (moment(field.greatest) - moment(field.least)) / 86400000;
    return days > 1500 ? "by year" : days > 60 ? "by month" : days > 14 ? "by week" : "by day";
}

const isNumbers = (field) => field.kind === "integer" || field.kind === "number";
const isMany = (field) => field.values > FEW_VALUES || field.exact === false;
/** Whether small counts are hidden from this user: then there is no TOP. */
const isHidden = (field) => field.bytes === null;

/** The positions that a field gets when it is put on a shelf. */
export function defaultSpec(field) {
    if (isDates(field) && isMany(field)) {
        return dateBins(field);
    }
    if (!isMany(field)) {
        return "";
    }
    if (isNumbers(field)) {
        const width = roundWidth(Number(field.least), Number(field.greatest));
        return Number.isFinite(width) && width > 0 ? `by ${width}` : "";
    }
    return isHidden(field) ? "" : `in {top ${TOP}, other}`;
}

/** [[text, spec]]: the ways to cut a field into positions. */
export function specs(field) {
    const found = [["every value", ""]];
    if (isDates(field)) {
        ["year", "quarter", "month", "week", "day", "weekday", "hour"].forEach((word) => found.push([`by ${word}`, `by ${word}`]));
    }
    if (isNumbers(field)) {
        const width = roundWidth(Number(field.least), Number(field.greatest));
        [width / 2, width, width * 2].filter((one) => Number.isFinite(one) && one > 0).forEach((one) => found.push([`by ${Number(one.toPrecision(3))}`, `by ${Number(one.toPrecision(3))}`]));
        if (!isHidden(field)) {
            found.push(["4 quantiles", "by 4 quantiles"]);
        }
    }
    if (!isHidden(field)) {
        found.push([`top ${TOP} and other`, `in {top ${TOP}, other}`], ["every value and missing", "in {*, missing}"]);
    }
    return found;
}

export const dimOf = (field) => ({ field: field.name, spec: defaultSpec(field), as: null });

/** Positions that are some of a field's values, each by itself or, with a group's name, all as one. */
export function listSpec({ values, group, other, missing }) {
    const written = values.map(writeValue);
    const items = group === "" ? written : [`(${written.join(", ")}) as ${writeText(group)}`];
    return `in {${[...items, ...(other ? ["other"] : []), ...(missing ? ["missing"] : [])].join(", ")}}`;
}

const valueOf = (token) => (token?.kind === "text" ? readText(token.text) : token?.kind === "number" || token?.kind === "word" ? token.text : null);

/** What listSpec() made positions of, however they are written, or null if they are more than it can write. */
export function readList(spec) {
    const list = tokens(spec);
    const found = { values: [], group: "", other: false, missing: false };
    let at = 2;
    const next = (text) => list[at]?.text === text && at++ > 0;
    const readValues = () => {
        do {
            const value = valueOf(list[at]);
            if (value === null) {
                return;
            }
            found.values.push(value);
            at++;
        } while (next(","));
    };
    if (!isKeyword(list[0], "in") || list[1]?.text !== "{") {
        return null;
    }
    if (next("(")) {
        readValues();
        if (!next(")") || !isKeyword(list[at], "as")) {
            return null;
        }
        found.group = valueOf(list[at + 1]) ?? "";
        at += 2;
        if (found.group === "") {
            return null;
        }
        next(",");
    } else {
        readValues();
    }
    for (const word of ["other", "missing"]) {
        if (isKeyword(list[at], word)) {
            found[word] = true;
            at++;
            next(",");
        }
    }
    return found.values.length > 0 && at === list.length - 1 && list[at].text === "}" ? found : null;
}

/** The measures that a field can have. */
export function measuresOf(field) {
    const name = writeName(field.name);
    const kinds = isNumbers(field) || field.kind === "mixed" || field.kind === null ? ["avg", "sum", "min", "max", "median", "stddev", "distinct"] : ["distinct"];
    return kinds.map((kind) => `${kind}(${name})`);
}

/** A condition that a field has one of some values. */
export function isOneOf(name, values) {
    return values.length === 1 ? `${writeName(name)} = ${writeValue(values[0])}` : `${writeName(name)} in {${values.map(writeValue).join(", ")}}`;
}

/** A condition that a field is between two numbers, each of which may be left out. */
export function isBetween(name, from, to) {
    const field = writeName(name);
    if (from !== "" && to !== "") {
        return `${field} between ${writeValue(from)} and ${writeValue(to)}`;
    }
    return from !== "" ? `${field} >= ${writeValue(from)}` : `${field} <= ${writeValue(to)}`;
}
