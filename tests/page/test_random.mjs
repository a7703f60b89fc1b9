// Random clicks, and rows that are written meanwhile: each figure on the page equals that of the same query by RESP, each
// field's bar those of VALUES, and the rows behind a cell are as many as it counted.
//
//     QUIPU_SEED=7 QUIPU_ROUNDS=500 node --test tests/page/test_random.mjs

import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, assertNothingWrong, chooseDataset, clickField } from "./browser.mjs";
import { randomOf } from "./server.mjs";
import { page, server, setUp } from "./setup.mjs";

const SEED = process.env.QUIPU_SEED ?? String(Math.floor(Math.random() * 1e9));
const ROUNDS = Number(process.env.QUIPU_ROUNDS ?? 40);
const SETTLED_MS = 60000;
const random = randomOf(SEED);
const pick = (list) => list[Math.floor(random() * list.length)];

const VALUES = {
    sex: ["female", "male", "it's", "<b>"],
    city: ["Bonn", "Ulm", "007", "a b", "`", "ßé"],
    "odd name": ["1", "2", "3.5", "-4"],
    age: Array.from({ length: 70 }, (_, i) => String(i)),
    day: Array.from({ length: 300 }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10)),
    w: ["0.5", "1", "2.25"],
};
const FIELDS = Object.keys(VALUES);
const DATASETS = ["people", "later"];

function row() {
    return Object.entries(VALUES).filter(() => random() < 0.9).flatMap(([field, values]) => [field, pick(values)]);
}

setUp(async (server) => {
    console.log(`# QUIPU_SEED=${SEED}`);
    for (const dataset of DATASETS) {
        await server.load(dataset, [{ sex: "female", city: "Bonn", "odd name": "1", age: "1", day: "2024-01-01", w: "1" }]);
        for (let i = 1; i < 400; i++) {
            await server.call("HSET", `${dataset}_${i}`, "sex", "male", ...row());
        }
    }
});

// ---- steps: what one may click ----

async function shelfStep() {
    const item = page.locator(`li[data-field="${pick(FIELDS)}"] > .field`);
    return random() < 0.4 ? item.click() : item.press(pick(["r", "c", "l", "m"]));
}

const measureStep = () => page.locator(`li[data-field="${pick(FIELDS)}"] > .field`).press("m");

const weightStep = () => page.locator('li[data-field="w"] > .field').press("w");

async function checkOne() {
    const boxes = page.locator("dialog .value input");
    await boxes.first().waitFor();
    await boxes.nth(Math.floor(random() * (await boxes.count()))).check();
}

async function filterStep() {
    await page.locator(`li[data-field="${pick(["sex", "city", "odd name"])}"] > .field`).press("f");
    await checkOne();
    await page.getByRole("button", { name: "Keep only these" }).click();
}

/** A chip's menu: one of its items, the one that opens values to choose among them. */
async function chipStep() {
    const chips = page.locator(".shelves .chip");
    await chips.nth(Math.floor(random() * (await chips.count()))).click();
    const items = page.locator(".menu [role=menuitem]:not([aria-disabled])");
    const choices = (await items.allTextContents()).map((text, at) => [text, at]).filter(([text]) => text !== "Filter…");
    const [text, at] = pick(choices);
    await items.nth(at).click();
    if (text === "Choose values…") {
        await checkOne();
        await page.locator("#positions-other").setChecked(random() < 0.5);
        await page.getByRole("button", { name: "Show these" }).click();
    }
}

/** A click wherever it is: what lies beyond the window is drawn anew when one scrolls there. */
const clickThere = (element) => element.dispatchEvent("click");

/** A cell's menu: only its rows from now on, or its rows, which are those that RESP shows. */
async function cellStep() {
    const cells = page.locator("td[data-row]");
    const count = await cells.count();
    if (count === 0) {
        return;
    }
    await clickThere(cells.nth(Math.floor(random() * Math.min(count, 30))));
    const can = async (name) => (await page.getByRole("menuitem", { name }).getAttribute("aria-disabled")) === null;
    if (random() < 0.5 && (await can("Rows behind this cell"))) {
        await page.getByRole("menuitem", { name: "Rows behind this cell" }).click();
        const said = page.locator("dialog [role=status]:not(:empty)");
        await said.or(page.locator("dialog .error:not(:empty)")).waitFor();
        const query = (await page.locator("dialog code.query").innerText()).replace(/ limit 50$/, "");
        const note = `QUIPU_SEED=${SEED}: ${await page.inputValue("#query")}: ${query}`;
        const { rows } = await server.answer(query);
        assert.equal(await said.innerText(), rows.length === 0 ? "No rows" : `Rows 1 to ${Math.min(50, rows.length)} of ${rows.length}`, note);
        assert.equal(await page.locator("dialog tbody tr").count(), Math.min(50, rows.length), note);
        await page.keyboard.press("Escape");
        await page.locator("dialog").waitFor({ state: "detached" });
    } else if (random() < 0.7 && (await can("Keep only this"))) {
        await page.getByRole("menuitem", { name: "Keep only this" }).click();
    } else {
        await page.keyboard.press("Escape");
    }
}

async function barStep() {
    const step = pick(["totals", "turn", "share"]);
    const control = step === "turn" ? page.getByRole("button", { name: "Turn" }) : page.locator(`#${step}`);
    if (await control.isDisabled()) {
        return;
    }
    if (step === "share") {
        await control.selectOption(pick(["none", "row", "column", "total", "row+", "total+"]));
    } else {
        await control.click();
    }
}

async function sortStep() {
    const heads = page.locator("button.sort");
    const count = await heads.count();
    if (count > 0) {
        await clickThere(heads.nth(Math.floor(random() * Math.min(count, 10))));
    }
}

async function layerStep() {
    const selects = page.locator(".layers select");
    const count = await selects.count();
    if (count > 0) {
        const select = selects.nth(Math.floor(random() * count));
        await select.selectOption({ index: Math.floor(random() * (await select.locator("option").count())) });
    }
}

const compareStep = () => page.selectOption("#compare", random() < 0.6 ? "later" : "");

const liveStep = () => page.locator("#live").click();

const STEPS = [shelfStep, shelfStep, shelfStep, chipStep, chipStep, cellStep, cellStep, barStep, filterStep, weightStep, sortStep, layerStep, layerStep, compareStep, liveStep];

/** The dataset from the beginning, with one field; the fields' bars are those of VALUES. */
async function restart() {
    await chooseDataset(page, "people");
    await page.waitForFunction((count) => document.querySelectorAll(".bar:has(.part)").length === count, FIELDS.length);
    for (const field of FIELDS) {
        const { dims, cells } = await server.answer(`values \`${field}\` from people`);
        const counts = new Map(dims[0].positions.map(({ label }, at) => [label, cells[at]]));
        const most = [...counts.values()].sort((a, b) => b - a).slice(0, 5);
        const shown = (await page.locator(`li[data-field="${field}"] .bar`).getAttribute("title")).split("\n").map((line) => line.split(": "));
        assert.deepEqual(shown.map(([, count]) => Number(count)), most, `QUIPU_SEED=${SEED}: ${field}`);
        shown.forEach(([value, count]) => assert.equal(counts.get(value), Number(count), `QUIPU_SEED=${SEED}: ${field} ${value}`));
    }
    // Without a dimension the answer is figures.
    await (random() < 0.7 ? clickField(page, pick(FIELDS)) : pick([weightStep, measureStep])());
}

// ---- what is on the page, and what should be ----

/** Everything at one moment: the page may be drawn anew at any time. */
const readPage = () => page.evaluate(() => ({
    text: document.getElementById("query").value,
    error: document.querySelector(".query-line .error").textContent,
    link: Object.fromEntries(new URLSearchParams(location.hash.slice(1))),
    compared: document.getElementById("compare").value,
    tables: [...document.querySelectorAll(".answer:not(.stale) .table-part")].map((part) => ({
        cells: [...part.querySelectorAll("td[data-row]")].map((cell) => ({ row: Number(cell.dataset.row), column: Number(cell.dataset.column), text: cell.textContent })),
        figures: [...part.querySelectorAll(".figure")].map((figure) => figure.textContent),
    })),
}));

/** The second answer's cells less the first's, or null if their positions are not the same. */
function differenceOf(first, second) {
    const positions = ({ dims }) => JSON.stringify(dims.map((dim) => dim.positions.map(({ kind, label }) => [kind, label])));
    const less = (b, a) => (Array.isArray(b) ? b.map((one, at) => less(one, a[at])) : typeof a === "number" && typeof b === "number" ? b - a : null);
    return positions(first) === positions(second) ? { ...first, cells: less(second.cells, first.cells) } : null;
}

const combinations = (sizes) => sizes.reduce((found, size) => found.flatMap((index) => Array.from({ length: size }, (_, at) => [...index, at])), [[]]);

/** The value that should stand in a row and column of the table, as the link has arranged and sorted it. */
function valuesOf(answer, link) {
    const sizes = answer.dims.map((dim) => dim.positions.length);
    const [layers, columns] = [Number(link.l), sizes.length - Number(link.c)];
    const chosen = (link.layer ?? "").split(".");
    const layer = sizes.slice(0, layers).map((size, at) => Math.min(Number(chosen[at] ?? 0), size - 1));
    const [rows, heads] = [combinations(sizes.slice(layers, columns)), combinations(sizes.slice(columns))];
    const several = answer.measures.length;
    const value = (index, column) => {
        const leaf = [...layer, ...index, ...heads[Math.floor(column / several)]].reduce((cells, at) => cells?.[at], answer.cells);
        return (several > 1 ? leaf?.[column % several] : leaf) ?? null; // of a layer without positions too
    };
    const [, sorted, way] = /^(\d+)([+-])$/.exec(link.sort ?? "") ?? [];
    if (sorted !== undefined && Number(sorted) < heads.length * several) {
        const isTotal = (index) => index.some((at, dim) => answer.dims[layers + dim].positions[at].kind === "total");
        const groups = [rows.filter((index) => !isTotal(index)), rows.filter(isTotal)].map((group) => {
            const withValue = group.filter((index) => value(index, Number(sorted)) !== null);
            const by = (a, b) => (way === "-" ? -1 : 1) * (value(a, Number(sorted)) - value(b, Number(sorted)));
            return [...withValue.toSorted(by), ...group.filter((index) => value(index, Number(sorted)) === null)];
        });
        rows.splice(0, rows.length, ...groups.flat());
    }
    return (row, column) => value(rows[row], column);
}

/** Whether a text is how a value is shown; what is no whole number is rounded. */
function isShown(text, value, measure) {
    const shown = text.replaceAll(",", "").replace("%", "");
    if (typeof value !== "number") {
        return value === null ? shown === "–" : shown === value;
    }
    return Number.isInteger(value) && measure === "count" ? Number(shown) === value : shown !== "" && Math.abs(Number(shown) - value) <= 0.0501;
}

/** How many figures were compared; throws if one is another than RESP's. */
function compareTable(answer, table, link, note) {
    if (answer.dims.length === 0) {
        const values = [answer.cells].flat();
        assert.equal(table.figures.length, values.length, note);
        table.figures.forEach((text, at) => assert.ok(isShown(text, values[at], answer.measures[at]), `${note}: ${text} is shown, ${values[at]} was counted`));
        return values.length;
    }
    const value = valuesOf(answer, link);
    for (const { row, column, text } of table.cells) {
        const wanted = value(row, column);
        assert.ok(isShown(text, wanted, answer.measures[column % answer.measures.length]), `${note}: row ${row}, column ${column}: ${text} is shown, ${wanted} was counted`);
    }
    return table.cells.length;
}

async function compare(note) {
    const seen = await readPage();
    const of = `${note}: ${seen.text}`;
    assert.equal(seen.error, "", of);
    assert.equal(seen.link.q, seen.text, of);
    assert.equal(seen.link.with ?? "", seen.compared, of);
    const answers = [await server.answer(seen.text)];
    if (seen.compared !== "") {
        answers.push(await server.answer(seen.text.replace("from people", `from ${seen.compared}`)));
        answers.push(differenceOf(...answers));
    }
    assert.equal(seen.tables.length, answers.length, of);
    return answers.reduce((sum, answer, at) => sum + (answer === null ? 0 : compareTable(answer, seen.tables[at], seen.link, `${of}, table ${at + 1}`)), 0);
}

/** Repeats work until it passes: nothing is written meanwhile, so the page comes to what RESP answers. */
async function eventually(work) {
    const until = Date.now() + SETTLED_MS;
    for (;;) {
        try {
            return await work();
        } catch (error) {
            if (Date.now() > until) {
                throw error;
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    }
}

test(`random clicks and writes, ${ROUNDS} rounds`, async () => {
    await restart();
    await answered(page);
    let next = 400;
    let compared = 0;
    const done = new Map();
    const refused = [];
    for (let round = 0; round < ROUNDS; round++) {
        const note = `QUIPU_SEED=${SEED}, round ${round}`;
        const chips = await page.locator(".shelves .chip").count();
        const step = chips > 7 || random() < 0.06 || (await page.locator(".query-line .error:not(:empty)").count()) > 0 ? restart : pick(STEPS);
        await step();
        done.set(step.name, (done.get(step.name) ?? 0) + 1);
        for (let i = Math.floor(random() * 3); i > 0; i--) {
            const dataset = pick(DATASETS);
            await (random() < 0.7 ? server.call("HSET", `${dataset}_${next++}`, "sex", pick(VALUES.sex), ...row()) : server.call("DEL", `${dataset}_${Math.floor(random() * next)}`));
        }
        // The clicks' own answer, or the error of a query that the language refuses; then the same again, after the writes.
        await page.waitForFunction(() => document.querySelector(".query-line .error").textContent !== "" || (document.querySelector(".answer:not(.stale) .facts") && new URLSearchParams(location.hash.slice(1)).get("q") === document.getElementById("query").value));
        if ((await page.locator(".query-line .error:not(:empty)").count()) > 0) {
            const text = await page.inputValue("#query");
            await assert.rejects(server.answer(text), undefined, `${note}: refused on the page alone: ${text}`);
            refused.push(`${await page.locator(".query-line .error").innerText()}: ${text}`);
            continue;
        }
        if (!(await page.locator("#live").isChecked())) {
            await page.getByRole("button", { name: "Run" }).click();
        }
        compared += await eventually(() => compare(note));
        assertNothingWrong(page);
    }
    console.log(`# ${compared} figures compared; the language refused ${refused.length} queries of the shelves`);
    console.log(`# ${[...done].map(([name, count]) => `${name} ${count}`).join(", ")}`);
    refused.slice(0, 5).forEach((text) => console.log(`# ${text}`));
    assert.ok(compared > ROUNDS);
});
