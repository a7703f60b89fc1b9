// The page's modules that need no browser: queries and their text, conditions of cells, differences, links.

import assert from "node:assert/strict";
import fs from "node:fs";
import test from "node:test";
import path from "node:path";
import { ROOT } from "./server.mjs";

const module = (name) => import(path.join(ROOT, "server/http/page", `${name}.js`));
const { readQuery, writeQuery, writeRows } = await module("query_text");
const { cellConditions } = await module("condition");
const { difference } = await module("compare");
const { readLink, writeLink } = await module("link");
const { KEYWORDS, tokens, writeName, writeValue } = await module("tokens");
const { visible, offsetOfByte, bytesBefore } = await module("dom");
const edit = await module("edit").catch((error) => error);

test("a simple query is read and written again as it was", () => {
    for (const text of [
        "count from t",
        "count sex, age by 10 from t where a = 1 and b = 2 totals",
        "avg(age), count by sex from t where (a = 1 or b = 2) and age between 1 and 5 weight by w percent of row with count order by count desc limit 10",
        "count `Origin State` in {'a', 'b' as x, when (q > 1) as z} as k from `my ``data`",
        "count a in [1,2], b in {[0,25) as x, [25,50)} from t where test = 1 totals residuals",
        "count {when (a = 1) as x} as y, b from t suppress below 5 nocache",
        "quantile(age, 0.9) as high by sex from t having count > 5",
        "count `as`, from_ from t where limit in {1, 2} and not order = 'x'",
    ]) {
        const query = readQuery(text);
        assert.ok(query, text);
        assert.equal(writeQuery(query), text);
    }
});

test("the parts of a query stand on their shelves", () => {
    assert.deepEqual(readQuery("avg(age), count by sex as s, age by 10 from t where (a=1 || b=2) AND c between 1 and 5 weight by w percent of column"), {
        dataset: "t", dims: [{ field: "sex", spec: "", as: "s" }, { field: "age", spec: "by 10", as: null }], measures: ["avg(age)", "count"],
        conditions: ["a=1 || b=2", "c between 1 and 5"], totals: false, percent: "column", withCount: false, weight: "w", residuals: false, rest: [],
    });
});

test("what is richer than the shelves, or wrong, is no query of theirs", () => {
    for (const text of ["", "count", "count a fro t", "count (a), (b) from t", "rows * from t", "values a from t", "explain count a from t", "count a from t format csv", "count a from t into k", "count a from t where", "count a from t 'open", "describe t", "count a b from t"]) {
        assert.equal(readQuery(text), null, text);
    }
});

test("names and values are written so that they are read as such", () => {
    assert.deepEqual(["sex", "Origin State", "count", "a`b", "größe", "1a"].map(writeName), ["sex", "`Origin State`", "`count`", "`a``b`", "größe", "`1a`"]);
    assert.deepEqual(["1", "-2.5", "007", "it's", "a\\", "count", ""].map(writeValue), ["1", "-2.5", "'007'", "'it''s'", "'a\\\\'", "'count'", "''"]);
    assert.deepEqual(tokens("a 'it''s' `b``c` <> 1.5").map((token) => token.kind), ["word", "text", "name", "punctuation", "number"]);
});

test("the words that are coloured and quoted as keywords are those of the parser", () => {
    const source = (name) => fs.readFileSync(path.join(ROOT, "parser", name), "utf8");
    const lexed = [...source("lexer.re").matchAll(/^\s*'(\w+)'\s+\{ kind = TOKEN_\w+; goto done; \}/gm)].map((found) => found[1]);
    const offered = [.../KEYWORDS\[\] = \{([^}]*)\}/.exec(source("next.c"))[1].matchAll(/"(\w+)"/g)].map((found) => found[1].toLowerCase());
    assert.ok(lexed.length > 70);
    assert.deepEqual([...KEYWORDS].toSorted(), lexed.toSorted());
    assert.deepEqual([...KEYWORDS].toSorted(), offered.toSorted());
    for (const word of lexed) {
        assert.deepEqual([word, word.toUpperCase(), `${word}_`].map((text) => tokens(text)[0].kind), ["keyword", "keyword", "word"], word);
    }
});

test("a cell's condition follows from how its positions were written", () => {
    const positions = (...list) => ({ overlaps: false, positions: list.map(([kind, label]) => ({ kind, label, text: null })) });
    const of = (spec, described, at) => cellConditions([{ field: "f", spec, as: null }], [described], [at])?.[0] ?? null;
    const open = positions(["value", "12"], ["value", "north"], ["total", "total"]);
    assert.deepEqual([0, 1, 2].map((at) => of("", open, at)), ["f = 12", "f = 'north'", "f exists"]);
    assert.equal(of("by 10", positions(["bin", "[20,30)"]), 0), "f in [20,30)");
    assert.equal(of("in [1,2]", positions(["value", "1"], ["value", "2"]), 1), "f = 2");
    const list = "in {[0,17] as young, (a, 'b') as g, net (1, 2), when (x > 1) as w, top 2, missing, other}";
    const described = positions(["range", "young"], ["group", "g"], ["net", "n"], ["when", "w"], ["value", "c"], ["value", "d"], ["missing", "missing"], ["other", "other"]);
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 7].map((at) => of(list, described, at)), [
        "f in {[0,17]}", "f in {a, 'b'}", "f in {1, 2}", "(x > 1)", "f = 'c'", "f = 'd'", "f is missing", "f not in {[0,17], a, 'b', 1, 2, 'c', 'd'}"]);
    assert.equal(of("by month", positions(["bin", "2012-06"]), 0), "f like '2012-06-%'");
    assert.equal(of("by quarter", positions(["bin", "2012-Q4"]), 0), "f between '2012-10-01' and '2012-12-31Z'");
    assert.equal(of("by week", positions(["bin", "2013-W01"]), 0), "f between '2012-12-31' and '2013-01-06Z'");
    assert.equal(of("by hour", positions(["bin", "09"]), 0), "f like '____-__-___09:%'");
    assert.equal(of("by weekday", positions(["bin", "Mon"]), 0), null);
    // Of seconds and milliseconds it is a range; no condition holds for one hour of each day.
    const moments = (epoch, spec, label) => cellConditions([{ field: "f", spec, as: null, epoch }], [positions(["bin", label])], [0])?.[0] ?? null;
    assert.equal(moments("s", "by month", "2012-06"), "f in [1338508800,1341100800)");
    assert.equal(moments("ms", "by day", "2012-06-01"), "f in [1338508800000,1338595200000)");
    assert.equal(moments("s", "by week", "2013-W01"), "f in [1356912000,1357516800)");
    assert.deepEqual([moments("s", "by hour", "09"), moments("s", "by weekday", "Mon")], [null, null]);
});

test("the rows behind a cell are asked for under the query's own filter", () => {
    const query = readQuery("count sex from t where a = 1 or b = 2 weight by w");
    assert.equal(writeRows({ ...query, conditions: [`(${query.conditions[0]})`] }, ["sex = 'f'"], 50, 100), "rows * from t where (a = 1 or b = 2) and sex = 'f' and w > 0 limit 50 offset 100");
});

test("positions that are values, a group, the others or none are written and read again", async () => {
    const { listSpec, readList } = await module("field");
    const list = (values, part = {}) => ({ values, group: "", other: false, missing: false, ...part });
    for (const [said, spec] of [
        [list(["north", "it's", "007", "3", "other"]), "in {'north', 'it''s', '007', 3, 'other'}"],
        [list(["a"], { other: true, missing: true }), "in {'a', other, missing}"],
        [list(["a", "b"], { group: "g \\ h", missing: true }), "in {('a', 'b') as 'g \\\\ h', missing}"],
    ]) {
        assert.equal(listSpec(said), spec);
        assert.deepEqual(readList(spec), said);
    }
    assert.deepEqual(readList("IN {north , (south)}"), null);
    assert.deepEqual(readList('IN {north, "a\\"b", 2}'), list(["north", 'a"b', "2"]));
    for (const spec of ["", "by 10", "in [1,2]", "in {[0,17], a}", "in {a as b}", "in {net (a, b) as c}", "in {top 3, other}", "in {*, missing}", "in {missing}", "in {(a, b) as g, c}"]) {
        assert.equal(readList(spec), null, spec);
    }
});

test("a difference matches positions by name, and counts what only one has", () => {
    const answer = (dataset, labels, cells, hidden = []) => ({ dataset, measures: ["count"], cells, hidden, rows: null, tests: [], warnings: [], dims: [{ name: "f", field: "f", overlaps: false, positions: labels.map((label) => ({ kind: "value", label, text: null })) }] });
    const found = difference(answer("a", ["1", "3"], [10, 30]), answer("b", ["1", "2", "3"], [11, 5, null], [[2]]));
    assert.deepEqual(found.dims[0].positions.map((position) => position.label), ["1", "2", "3"]);
    assert.deepEqual(found.cells, [1, 5, null]);
    assert.deepEqual(found.hidden, [[2]]);
    assert.deepEqual([found.base, found.excluded, found.shards], [null, null, []]);
});

test("a link opens what was written into it, and nothing else", () => {
    const view = { text: "count `a b` from t where x = '&#'", wish: { layers: 1, columns: 2 }, heat: "row", chart: "lines", compare: "u", sort: { column: 3, descending: false }, layer: [2] };
    const kinds = { heats: ["none", "row"], charts: ["auto", "lines"] };
    assert.deepEqual(readLink(writeLink(view), kinds), view);
    assert.deepEqual(readLink("#q=x&l=-1&c=1e9&heat=__proto__&chart=%3Cb%3E&sort=x&layer=1..2", kinds), { text: "x", wish: { layers: undefined, columns: undefined }, heat: "none", chart: "auto", compare: null, sort: null, layer: [] });
    assert.equal(readLink("#", kinds), null);
});

test("invisible marks are shown, and bytes become offsets", () => {
    assert.equal(visible("a\u0000b\u202ec\u007f"), "a\u2400b<U+202E>c\u2421");
    assert.equal(offsetOfByte("größe x", bytesBefore("größe x", 6)), 6);
});

test("clicks go to rows, then columns, then rows", () => {
    let state = { query: readQuery("count from t"), wish: {} };
    for (const field of ["a", "b", "c"]) {
        state = edit.addDim(state, edit.nextShelf(state), { field, spec: "", as: null });
    }
    assert.equal(writeQuery(state.query), "count a, c, b from t");
    state = edit.carry(state, "rows", 0, "layers");
    assert.deepEqual([writeQuery(state.query), state.wish], ["count a, c, b from t", { layers: 1, columns: 1 }]);
    state = edit.turn(state);
    assert.equal(writeQuery(state.query), "count a, b, c from t");
});

test("the page is small, fetches nothing from elsewhere, and makes no markup of texts", () => {
    const folder = path.join(ROOT, "server/http/page");
    const files = fs.readdirSync(folder).filter((name) => /\.(html|css|js|svg)$/.test(name)).map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")]);
    assert.ok(files.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0) < 300 * 1024);
    for (const [name, text] of files) {
        assert.doesNotMatch(text, /innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function/, name);
        assert.doesNotMatch(text.replaceAll("http://www.w3.org/2000/svg", ""), /https?:\/\//, name);
    }
});
