// What the page draws of an answer, without a browser: charts, heat maps, and whether their colours can be told apart.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { contrast, distance, lightness, seen, VISION_NAMES } from "./colour.mjs";
import { drawn } from "./elements.mjs";
import { ROOT } from "./server.mjs";

const PAGE = path.join(ROOT, "server/http/page");
const module = (name) => import(path.join(PAGE, `${name}.js`));
const { Grid } = await module("answer");
const { chart } = await module("chart");
const { painter, differencePainter } = await module("heat");

const THEMES = ["light", "dark"];
/** The values of the page's colours in a theme. */
const CSS = fs.readFileSync(path.join(PAGE, "page.css"), "utf8");
const colourOf = (name, theme) => new RegExp(`--${name}: light-dark\\((#\\w{6}), (#\\w{6})\\)`).exec(CSS)[1 + THEMES.indexOf(theme)];

/** A dimension: values, or [kind, label] each. */
const dim = (name, ...labels) => ({ name, field: name, overlaps: false, positions: labels.map((one) => (Array.isArray(one) ? { kind: one[0], label: one[1], text: null } : { kind: "value", label: one, text: null })) });
const bins = (...labels) => labels.map((label) => ["bin", label]);
const answer = (dims, cells, more = {}) => ({ dataset: "t", dims, cells, measures: ["count"], rows: null, hidden: [], tests: [], ...more });
const gridOf = (dims, cells, more = {}, wish = {}) => new Grid(answer(dims, cells, more), wish);
const draw = (grid, kind = "auto") => drawn(() => chart(grid, kind, "title"));
const kindOf = (grid) => draw(grid).attributes["data-kind"];
const titles = (elements) => elements.map((one) => one.all("title")[0].text);
const numbers = (elements, name) => elements.map((one) => Number(one.attributes[name]));

// ---- charts ----

const MONTHS = bins("2012-01", "2012-02", "2012-05");

test("lines are drawn where a dimension is dates, be it rows or columns", () => {
    const values = [1, 2, 3];
    for (const labels of [MONTHS, bins("2012", "2013", "2015"), bins("2012-Q1", "2012-Q2", "2013-Q1"), bins("2012-W52", "2013-W01", "2013-W02"), bins("2012-06-01", "2012-06-02", "2012-06-09"), ["2012-06-01", "2012-06-02", "2012-06-09"]]) {
        assert.equal(kindOf(gridOf([dim("d", ...labels)], values)), "lines", labels[0]);
    }
    const sexes = dim("sex", "f", "m");
    const inRows = draw(gridOf([dim("d", ...MONTHS), sexes], [[1, 2], [3, 4], [5, 6]]));
    const inColumns = draw(gridOf([sexes, dim("d", ...MONTHS)], [[1, 3, 5], [2, 4, 6]]));
    const behind = draw(gridOf([sexes, dim("d", ...MONTHS)], [[1, 3, 5], [2, 4, 6]], {}, { columns: 0 }));
    for (const figure of [inRows, inColumns, behind]) {
        assert.equal(figure.attributes["data-kind"], "lines");
        assert.equal(figure.all("desc")[0].text, "2012-01, f 1; 2012-01, m 2; 2012-02, f 3; 2012-02, m 4; 2012-05, f 5; 2012-05, m 6");
        assert.deepEqual(figure.all("li").map((one) => one.text), ["f", "m"]);
    }
});

test("a number of four digits is no year, and what is no span of time no date", () => {
    for (const labels of [["2012", "2013", "2014"], bins("Mon", "Tue", "Wed"), bins("09", "10", "11"), bins("[2010,2020)", "[2020,2030)", "[2030,2040)"), [...bins("2012-01", "2012-02"), ["missing", "missing"]], ["2012-06-01", "2012-06-02", "never"]]) {
        assert.equal(kindOf(gridOf([dim("d", ...labels)], [1, 2, 3])), "bars", labels[0]);
    }
    assert.equal(kindOf(gridOf([dim("d", ...bins("2012"), ["total", "total"])], [1, 1])), "bars", "one date is no line");
});

test("dates stand where their time is, in its order, and where a month is absent the line is broken", () => {
    const figure = draw(gridOf([dim("d", ...bins("2012-02", "2012-01", "2012-05"))], [2, 1, 3]));
    const dots = figure.all("circle");
    assert.deepEqual(titles(dots), ["2012-01: 1", "2012-02: 2", "2012-05: 3"]);
    const [first, second, third] = numbers(dots, "cx");
    assert.ok(Math.abs((third - first) / (second - first) - 121 / 31) < 0.01, "days from January 1 to May 1, and to February 1");
    assert.equal(figure.all("polyline").length, 1);
    assert.equal(figure.all("polyline")[0].attributes.points.split(" ").length, 2);
    // Of dates that are values nobody knows which one is absent.
    const days = draw(gridOf([dim("d", "2012-06-01", "2012-06-02", "2012-06-09")], [1, 2, 3]));
    assert.equal(days.all("polyline")[0].attributes.points.split(" ").length, 3);
    // A year's weeks: the first of 2013 follows the last of 2012.
    assert.equal(draw(gridOf([dim("d", ...bins("2012-W51", "2012-W52", "2013-W01"))], [1, 2, 3])).all("polyline")[0].attributes.points.split(" ").length, 3);
});

test("a cell without a value is a gap in a line, and a hidden one is marked there", () => {
    const months = bins("2012-01", "2012-02", "2012-03", "2012-04", "2012-05");
    const grid = gridOf([dim("d", ...months), dim("sex", "f", "m")], [[1, 9], [2, 9], [null, 9], [4, null], [5, 9]], { hidden: [[2, 0]] });
    const figure = draw(grid);
    assert.deepEqual(figure.all("circle", "c0").length, 4);
    assert.deepEqual(figure.all("polyline", "c0").map((line) => line.attributes.points.split(" ").length), [2, 2]);
    assert.deepEqual(figure.all("polyline", "c1").map((line) => line.attributes.points.split(" ").length), [3], "a single date behind the gap is a dot");
    assert.deepEqual(titles(figure.all("rect", "untold")), ["2012-03, f: hidden"]);
    assert.equal(numbers(figure.all("rect", "untold"), "x")[0] + 4, numbers(figure.all("circle", "c1"), "cx")[2]);
    assert.match(figure.all("desc")[0].text, /2012-03, f hidden; 2012-03, m 9; 2012-04, f 4; 2012-04, m no value/);
    assert.match(figure.all("figcaption")[0].text, /Dashed: hidden\.$/);
});

test("lines below zero stay in the picture", () => {
    const figure = draw(gridOf([dim("d", ...MONTHS)], [-5, 0, 5], { measures: ["sum(x)"] }));
    const [low, zero, high] = numbers(figure.all("circle"), "cy");
    assert.deepEqual([low, high], [270, 10]);
    assert.equal(zero, 140);
    assert.deepEqual(figure.all("text", "value").map((one) => one.text), ["-5", "0", "5"]);
});

test("in each chart a hidden cell is a dashed mark of one size, and no share", () => {
    const grid = gridOf([dim("region", "n", "s"), dim("sex", "f", "m", "x")], [[6, 2, null], [4, 4, 4]], { hidden: [[0, 2]] });
    for (const [kind, size, titleOfFirst] of [["bars", "width", "n, f: 6"], ["stacked", "width", "n, f: 6 (75.0%)"], ["mosaic", "height", "n, f: 6 (75.0%)"]]) {
        const figure = draw(grid, kind);
        const marks = figure.all("svg")[0].all("rect");
        assert.deepEqual([titles(marks)[0], titles(marks)[2]], [titleOfFirst, "n, x: hidden"], kind);
        assert.deepEqual(figure.all("rect", "untold"), [marks[2]], kind);
        const sizes = numbers(marks, size);
        assert.ok(sizes[2] > 0 && sizes[2] <= 14, kind);
        assert.match(figure.all("desc")[0].text, /n, x hidden; s, f 4/, kind);
        assert.match(figure.all("figcaption")[0].text, kind === "bars" ? /Dashed: hidden\.$/ : /Dashed: hidden\. Shares are of the rest\.$/);
    }
    const [first, second, untold, ...others] = numbers(draw(grid, "stacked").all("svg")[0].all("rect"), "width");
    assert.ok(Math.abs(first / second - 3) < 1e-9);
    assert.ok(Math.abs(first + second + untold - others.reduce((a, b) => a + b)) < 1e-9, "rows are of one length");
});

test("a cell that has no value is told apart from a hidden one", () => {
    const grid = gridOf([dim("region", "n", "s", "e")], [null, null, 3], { measures: ["avg(x)"], hidden: [[1]] });
    const figure = draw(grid, "bars");
    assert.deepEqual(titles(figure.all("rect", "untold")), ["n: no value", "s: hidden"]);
    assert.deepEqual(figure.all("text", "value").map((one) => one.text), ["no value", "hidden", "3"]);
    assert.match(figure.all("figcaption")[0].text, /Dashed: hidden, or no value\./);
});

test("totals are not drawn, and what is too much is told", () => {
    const grid = gridOf([dim("a", "1", "2", ["total", "total"])], [1, 2, 3]);
    assert.deepEqual(titles(draw(grid, "bars").all("rect")), ["1: 1", "2: 2"]);
    const labels = Array.from({ length: 45 }, (_, i) => `v${i}`);
    const large = draw(gridOf([dim("a", ...labels)], labels.map(() => 1)));
    assert.equal(large.all("rect").length, 40);
    assert.match(large.all("figcaption")[0].text, /the first 40 of 45 rows/);
    const nine = Array.from({ length: 9 }, (_, i) => `v${i}`);
    assert.match(draw(gridOf([dim("a", ...nine), dim("d", ...MONTHS)], nine.map(() => [1, 2, 3]))).all("figcaption")[0].text, /the first 8 of 9 lines/);
});

// ---- heat maps ----

/** The lightness of each cell's colour, null where it has none, by rows. */
const lightnesses = (grid, paint) => [...Array(grid.rows).keys()].map((row) => [...Array(grid.columns).keys()].map((column) => {
    const colour = paint(row, column);
    return colour === null ? null : lightness(colour.background);
}));

/** The body's cells from the palest colour to the strongest, as "row column"; equal ones together. */
function orderOf(grid, paint, theme) {
    const sign = theme === "light" ? -1 : 1;
    const cells = lightnesses(grid, paint).flatMap((row, i) => row.map((value, j) => ({ name: `${i}${j}`, value }))).filter((one) => one.value !== null);
    const strengths = [...new Set(cells.map((one) => one.value))].sort((a, b) => sign * (a - b));
    return strengths.map((value) => cells.filter((one) => one.value === value).map((one) => one.name).join("=")).join(" < ");
}

const withTotals = (residuals) => gridOf(
    [dim("a", "x", "y", ["total", "total"]), dim("b", "p", "q", "r", ["total", "total"])],
    [[10, 30, 60, 100], [40, 40, 20, 100], [50, 70, 80, 200]],
    { tests: [{ layer: [], residuals }] },
);

test("a heat map colours by share of row, column or table, and no totals", () => {
    const grid = withTotals();
    const orders = {
        row: "00 < 12 < 01 < 10=11 < 02", // 10 20 30 40 40 60 % of 100
        column: "00 < 12 < 01 < 11 < 02 < 10", // 10/50, 20/80, 30/70, 40/70, 60/80, 40/50
        table: "00 < 12 < 01 < 10=11 < 02",
    };
    for (const theme of THEMES) {
        for (const [kind, order] of Object.entries(orders)) {
            const paint = painter(grid, kind, theme);
            assert.equal(orderOf(grid, paint, theme), order, `${kind}, ${theme}`);
            for (const place of [0, 1, 2, 3]) {
                assert.equal(paint(2, place), null, kind);
            }
            assert.deepEqual([paint(0, 3), paint(1, 3)], [null, null], kind);
        }
        assert.equal(painter(grid, "none", theme)(0, 0), null);
    }
    // Rows of another size: by row it is the row's greatest that is strongest in it, by table it is the table's.
    const uneven = gridOf([dim("a", "x", "y"), dim("b", "p", "q")], [[1, 3], [300, 100]]);
    assert.equal(orderOf(uneven, painter(uneven, "row", "light"), "light"), "00=11 < 01=10");
    assert.equal(orderOf(uneven, painter(uneven, "table", "light"), "light"), "00 < 01 < 11 < 10");
    assert.equal(orderOf(uneven, painter(uneven, "column", "light"), "light"), "00 < 01 < 11 < 10");
});

test("a hidden cell has no colour", () => {
    const grid = gridOf([dim("a", "x", "y"), dim("b", "p", "q")], [[null, 3], [4, 5]], { hidden: [[0, 0]] });
    for (const kind of ["row", "column", "table"]) {
        assert.equal(painter(grid, kind, "light")(0, 0), null, kind);
    }
});

/** Whether a colour is more blue than red: more than expected, or a greater difference. */
const isBlue = (colour) => {
    const [red, , blue] = colour.background.match(/\d+/g).map(Number);
    return blue > red;
};

test("residuals above zero are blue, below it orange, the farther the stronger, without totals", () => {
    const residuals = [[-4, -1, 4.6], [4, 1, -4.6], [null, null, null]];
    const grid = withTotals(residuals);
    for (const theme of THEMES) {
        const paint = painter(grid, "residual", theme);
        for (const [row, column] of [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]) {
            assert.equal(isBlue(paint(row, column)), residuals[row][column] > 0, `${row} ${column}, ${theme}`);
        }
        const far = (row, column) => Math.abs(lightness(paint(row, column).background) - lightness(colourAtZero(theme)));
        assert.ok(far(0, 0) > far(0, 1) && far(0, 2) > far(1, 1), theme);
        assert.deepEqual([paint(2, 0), paint(0, 3), paint(2, 3)], [null, null, null]);
    }
});

test("a difference is blue where the second has more, and orange where it has less", () => {
    const grid = gridOf([dim("a", "x", "y", ["total", "total"])], [-5, 10, 5]);
    for (const theme of THEMES) {
        const paint = differencePainter(grid, theme);
        assert.deepEqual([isBlue(paint(0, 0)), isBlue(paint(1, 0)), paint(2, 0)], [false, true, null]);
    }
});

// ---- colours ----

const SIZE = 41;
const labels = Array.from({ length: SIZE }, (_, i) => String(i));
/** A scale's colours from one end to the other: shares of 0 to 1, residuals of -5 to 5. */
const shareScale = (theme) => {
    const grid = gridOf([dim("a", ...labels)], labels.map(Number));
    const paint = painter(grid, "table", theme);
    return labels.map((_, row) => paint(row, 0));
};
const residualScale = (theme) => {
    const residuals = labels.map((_, i) => [-5 + (10 * i) / (SIZE - 1), null]);
    const grid = gridOf([dim("a", ...labels), dim("b", "p", "q")], labels.map(() => [1, 1]), { tests: [{ layer: [], residuals }] });
    const paint = painter(grid, "residual", theme);
    return labels.map((_, row) => paint(row, 0));
};
const colourAtZero = (theme) => residualScale(theme)[(SIZE - 1) / 2].background;

const rises = (values, sign) => values.every((value, at) => at === 0 || sign * (value - values[at - 1]) > 0);

test("heat scales go one way in lightness, for every eye: from pale to strong, and from the middle to both ends", () => {
    for (const theme of THEMES) {
        const sign = theme === "light" ? -1 : 1; // strong is dark on light, and light on dark
        for (const vision of VISION_NAMES) {
            const light = (scale) => scale.map((colour) => lightness(seen(colour.background, vision)));
            assert.ok(rises(light(shareScale(theme)), sign), `shares, ${theme}, ${vision}`);
            const apart = light(residualScale(theme));
            const middle = (SIZE - 1) / 2;
            assert.ok(rises(apart.slice(0, middle + 1), -sign), `below zero, ${theme}, ${vision}`);
            assert.ok(rises(apart.slice(middle), sign), `above zero, ${theme}, ${vision}`);
        }
    }
});

test("less and more are told apart by every eye, and the text on a colour is read", () => {
    for (const theme of THEMES) {
        const scale = residualScale(theme);
        for (const vision of VISION_NAMES) {
            for (const at of [0, 5, 10]) {
                const apart = distance(seen(scale[at].background, vision), seen(scale[SIZE - 1 - at].background, vision));
                assert.ok(apart >= 15, `${theme}, ${vision}, ${at}: ${apart}`);
            }
        }
        for (const colour of [...scale, ...shareScale(theme)]) {
            assert.ok(contrast(colour.background, colour.text === "#000" ? "#000000" : "#ffffff") >= 4.5, colour.background);
        }
    }
});

const MARKS = [0, 1, 2, 3, 4, 5, 6, 7];
const LEAST_DISTANCE = 12;

test("the eight colours of marks are told apart by every eye, and from what they lie on", () => {
    for (const theme of THEMES) {
        const colours = MARKS.map((at) => colourOf(`s${at}`, theme));
        for (const vision of VISION_NAMES) {
            const eyes = colours.map((colour) => seen(colour, vision));
            for (let a = 0; a < MARKS.length; a++) {
                for (let b = a + 1; b < MARKS.length; b++) {
                    const apart = distance(eyes[a], eyes[b]);
                    assert.ok(apart >= LEAST_DISTANCE, `--s${a} and --s${b}, ${theme}, ${vision}: ${apart.toFixed(1)}`);
                }
            }
        }
        for (const [at, colour] of colours.entries()) {
            for (const ground of ["ground", "surface"]) {
                assert.ok(contrast(colour, colourOf(ground, theme)) >= 3, `--s${at} on --${ground}, ${theme}`);
            }
            assert.ok(contrast(colour, colourOf("on-mark", theme)) >= 4.5, `a text on --s${at}, ${theme}`);
        }
    }
});

test("distances and visions are those of their papers", () => {
    // Pairs of Sharma, Wu and Dalal's are given in Lab; these are sRGB, by the same formula.
    assert.equal(distance("#123456", "#123456"), 0);
    assert.ok(Math.abs(distance("#000000", "#ffffff") - 100) < 0.01);
    assert.ok(Math.abs(contrast("#000000", "#ffffff") - 21) < 0.001);
    assert.ok(Math.abs(lightness("#777777") - 50.03) < 0.05);
    // Red and green of one lightness are one colour for who is red-green blind, blue and yellow are not.
    assert.ok(distance(seen("#b45309", "protanopia"), seen("#7a6200", "protanopia")) < 2);
    assert.ok(distance("#b45309", "#7a6200") > 20);
    assert.ok(distance(seen("#0000ff", "deuteranopia"), seen("#ffff00", "deuteranopia")) > 60);
});

test("each colour of the page has one home", () => {
    const names = [...CSS.matchAll(/^\s*(--[\w-]+):/gm)].map((found) => found[1]);
    assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
    for (const [, name] of CSS.matchAll(/var\((--[\w-]+)/g)) {
        assert.ok(names.includes(name), `${name} is used and not set`);
    }
});
