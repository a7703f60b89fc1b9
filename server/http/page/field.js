// How a field becomes a dimension or a condition: what stands to reason for its kind, and what else may be chosen.
//
// A field is what DESCRIBE says of it: {name, kind, values, exact, rows, least, greatest, most_frequent, bytes, label}.

import { writeName, writeValue } from "./tokens.js";

const FEW_VALUES = 24;
const TOP = 10;

/** A round width that makes about eight bins of a range. */
function roundWidth(least, greatest) {
    const raw = (greatest - least) / 8;
    const power = 10 ** Math.floor(Math.log10(raw));
    const times = [1, 2, 5, 10].find((one) => one * power >= raw * 0.999);
    return Number((times * power).toPrecision(3));
}

function dateBins(field) {
    const days = (Date.parse(field.greatest) - Date.parse(field.least)) / 86400000;
    return days > 1500 ? "by year" : days > 60 ? "by month" : days > 14 ? "by week" : "by day";
}

const isNumbers = (field) => field.kind === "integer" || field.kind === "number";
const isMany = (field) => field.values > FEW_VALUES || field.exact === false;
/** Whether small counts are hidden from this user: then there is no TOP. */
const isHidden = (field) => field.bytes === null;

/** The positions that a field gets when it is put on a shelf. */
export function defaultSpec(field) {
    if (field.kind === "date" && isMany(field)) {
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
    if (field.kind === "date") {
        ["year", "quarter", "month", "week", "day", "weekday"].forEach((word) => found.push([`by ${word}`, `by ${word}`]));
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
