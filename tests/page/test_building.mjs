// Building a crosstab: by three clicks, by keys alone, by dragging, by choosing values; the query's text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, ask, chooseDataset, clickField, tableOf } from "./browser.mjs";
import { page, server, setUp, SURVEY } from "./setup.mjs";

setUp(async (server) => {
    server.loadFile("survey", SURVEY);
    server.generate("current", 2000);
    // Of 400 rows: which have what, and of what kind it is.
    await server.load("kinds", Array.from({ length: 400 }, (_, i) => ({
        always: i % 7, "at times": i % 4 === 0 ? null : ["a", "b", "b", "b", "c", "d", "e", "f"][i % 8], "hardly ever": i === 5 ? "x" : null, "nearly always": i === 5 ? null : i / 2,
        seen: `2024-0${1 + (i % 9)}-01T0${i % 5}:30`, either: i % 2 ? i % 3 : "none", many: i,
    })));
});

const chips = (shelf) => page.locator(`.shelf.${shelf} .chip`).allInnerTexts();
const field = (name) => page.locator(`li[data-field="${name}"] > .field`);

/** The cells on the page equal those of the same query by RESP. */
async function assertTable(text) {
    const answer = await server.answer(text);
    const flat = [answer.cells].flat(Infinity).map((cell) => (cell === null ? "–" : cell.toLocaleString("en-US")));
    const { rows } = await tableOf(page);
    const heads = answer.dims.length > 1 ? answer.dims.length - 1 : 1;
    assert.deepEqual(rows.flatMap((row) => row.slice(heads)), flat);
    return rows;
}

test("three clicks from the page to a crosstab", async () => {
    await page.locator(".dataset", { hasText: "survey" }).click();
    await page.locator('li[data-field="region"] > .field').click();
    await page.locator('li[data-field="sex"] > .field').click();
    await answered(page, "count region, sex from survey totals");
    const rows = await assertTable("count region, sex from survey totals");
    assert.deepEqual(rows.map((row) => row[0]), ["east", "north", "south", "west", "Total"]);
    assert.match(await page.locator(".facts").innerText(), /base\s*300/);
    assert.equal(await page.locator(".chart").getAttribute("data-kind"), "stacked");
});

test("three clicks from the page to a crosstab of the demo's rows", async () => {
    await page.locator(".dataset", { hasText: "current" }).click();
    await field("value_2").click();
    await field("value_1").click();
    await answered(page, "count value_2, value_1 from current totals");
    const rows = await assertTable("count value_2, value_1 from current totals");
    assert.deepEqual(rows.map((row) => row[0]), ["1", "2", "3", "4", "5", "6", "7", "8", "Total"]);
    assert.match(await page.locator(".facts").innerText(), /base\s*2,000/);
});

test("fields say of what kind they are, how many values they have, and how many rows lack them", async () => {
    const { "max-cells": most } = await server.call("CONFIG", "GET", "max-cells");
    await server.call("CONFIG", "SET", "max-cells", "300");
    let described;
    try {
        described = JSON.parse(await server.call("QUERY", "describe kinds format json"));
        await chooseDataset(page, "kinds");
    } finally {
        await server.call("CONFIG", "SET", "max-cells", most);
    }
    const said = await page.locator(".fields li").evaluateAll((items) => Object.fromEntries(items.map((item) => [item.dataset.field, item.querySelector(".field-kind").textContent])));
    assert.deepEqual(said, {
        always: "integer · 7 values",
        "at times": "text · 4 values · 25% missing",
        either: "mixed · 4 values",
        "hardly ever": "text · 1 value · >99% missing",
        many: `unknown · over ${described.many.values} values`,
        "nearly always": `unknown · over ${described["nearly always"].values} values · <1% missing`,
        seen: "date · 45 values",
    });
});

test("a field's bar shows the shares of its most frequent values", async () => {
    await chooseDataset(page, "kinds");
    await page.locator(".bar:has(.part)").nth(4).waitFor({ state: "attached" });
    for (const name of ["always", "at times", "either"]) {
        const bar = page.locator(`li[data-field="${name}"] .bar`);
        await bar.locator(".part").first().waitFor({ state: "attached" });
        const { dims, cells } = await server.answer(`values \`${name}\` from kinds`);
        const most = dims[0].positions.map(({ label }, at) => [label, cells[at]]).sort((a, b) => b[1] - a[1]).slice(0, 5);
        const rows = cells.reduce((sum, count) => sum + count, 0);
        const widths = await bar.locator(".part").evaluateAll((parts) => parts.map((part) => part.getBoundingClientRect().width / part.parentElement.getBoundingClientRect().width));
        assert.equal(widths.length, most.length, name);
        widths.forEach((width, at) => assert.ok(Math.abs(width - most[at][1] / rows) < 0.01, `${name}: ${width} of the bar, ${most[at]} of ${rows} rows`));
        assert.equal(await bar.getAttribute("title"), most.map(([label, count]) => `${label}: ${count}`).join("\n"));
    }
});

test("a field with many values is cut by itself, and otherwise on demand", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "age");
    await answered(page, "count age by 10 from survey totals");
    await page.locator(".shelf.rows .chip").click();
    await page.getByRole("menuitem", { name: "Cut: 4 quantiles" }).click();
    await answered(page, "count age by 4 quantiles from survey totals");
    await clickField(page, "answered");
    await answered(page, "count age by 4 quantiles, answered by month from survey totals");
    await assertTable("count age by 4 quantiles, answered by month from survey totals");
});

test("a field's dates are cut by the hour too", async () => {
    await chooseDataset(page, "kinds");
    await clickField(page, "seen");
    await answered(page, "count seen by month from kinds totals");
    await page.locator(".shelf.rows .chip").click();
    await page.getByRole("menuitem", { name: "Cut: by hour" }).click();
    await answered(page, "count seen by hour from kinds totals");
    const rows = await assertTable("count seen by hour from kinds totals");
    assert.deepEqual(rows.map((row) => row[0]), ["00", "01", "02", "03", "04", "Total"]);
});

/** What has the focus, by its text or its label's. */
const focused = () => page.evaluate(() => (document.activeElement.closest("label") ?? document.activeElement).textContent.trim());

/** Presses Tab until what has the focus begins with a text, or is of a kind. */
async function tabTo(what, selector = "*") {
    for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        if ((await focused()).startsWith(what) && (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector))) {
            return;
        }
    }
    assert.fail(`Tab does not reach ${what}`);
}

test("values of a field are chosen as positions, by clicks and by keys, and typing moves them back", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await answered(page, "count region from survey totals");
    const box = (name) => page.locator("dialog").getByRole("checkbox", { name });
    const open = async () => {
        await page.locator(".shelf.rows .chip").click();
        await page.getByRole("menuitem", { name: "Choose values…" }).click();
        await page.locator("dialog .value").first().waitFor();
    };
    const checked = () => page.locator("dialog input:checked").evaluateAll((boxes) => boxes.map((one) => one.labels[0].textContent.trim().replace(/ \d+$/, "")));
    const show = () => page.getByRole("button", { name: "Show these" }).click();
    await open();
    assert.deepEqual(await checked(), []);
    await show();
    await page.locator("dialog .error", { hasText: "Choose a value first." }).waitFor();
    await box(/^south/).check();
    await box(/^north/).check();
    await box("All other values as one position").check();
    await show();
    await answered(page, "count region in {'north', 'south', other} from survey totals");
    assert.deepEqual((await assertTable("count region in {'north', 'south', other} from survey totals")).map((row) => row[0]), ["north", "south", "other", "Total"]);
    // By keys: the chip has the focus again.
    assert.match(await focused(), /^region in/);
    await page.keyboard.press("Enter");
    await page.keyboard.press("c");
    assert.equal(await focused(), "Choose values…");
    await page.keyboard.press("Enter");
    await page.locator("dialog .value").first().waitFor();
    assert.deepEqual(await checked(), ["north", "south", "All other values as one position"]);
    await tabTo("south");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await answered(page, "count region in {'north', other} from survey totals");
    // What is typed is what is checked, also a value that no row has; its order stays.
    await ask(page, "count region in {west, 'nowhere', east, missing} from survey");
    await answered(page, "count region in {west, 'nowhere', east, missing} from survey");
    assert.deepEqual(await chips("rows"), ["region in {west, 'nowhere', east, missing}"]);
    await open();
    assert.deepEqual((await checked()).toSorted(), ["Rows without it", "east", "nowhere", "west"]);
    await box(/^north/).check();
    await show();
    await answered(page, "count region in {'west', 'nowhere', 'east', 'north', missing} from survey");
    // A group, and what the boxes cannot say.
    await open();
    await page.getByLabel("All of them as one position, called").fill("the other's");
    await box("nowhere").uncheck();
    await show();
    await answered(page, "count region in {('west', 'east', 'north') as 'the other''s', missing} from survey");
    await assertTable("count region in {('west', 'east', 'north') as 'the other''s', missing} from survey");
    await open();
    assert.equal(await page.getByLabel("All of them as one position, called").inputValue(), "the other's");
    await page.keyboard.press("Escape");
    await ask(page, "count region in {net (north, south) as n, west} from survey");
    await answered(page, "count region in {net (north, south) as n, west} from survey");
    await open();
    assert.match(await page.locator("dialog form").innerText(), /in \{net \(north, south\) as n, west\} is replaced by what you choose/);
    assert.deepEqual(await checked(), []);
    await page.keyboard.press("Escape");
});

test("everything by keys alone", async () => {
    await page.locator(".dataset").first().waitFor();
    await tabTo("survey");
    await page.keyboard.press("Enter");
    await answered(page, "count from survey");
    await page.locator(".field").first().waitFor();
    await tabTo("age");
    for (let i = 0; i < 3; i++) {
        await page.keyboard.press("ArrowDown");
    }
    assert.match(await focused(), /^region/);
    await page.keyboard.press("Enter");
    assert.equal(await focused(), "To rows");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await answered(page, "count region from survey totals");
    assert.match(await page.locator(".status").innerText(), /region is on columns/);
    assert.match(await focused(), /^region/);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("r");
    await answered(page, "count sex, region from survey totals");
    await assertTable("count sex, region from survey totals");
    // A filter, chosen in a dialog.
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("f");
    await page.locator("dialog .value").first().waitFor();
    await tabTo("yes");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await answered(page, "count sex, region from survey where smokes = 'yes' totals");
    // Along the shelves: a chip is moved, and taken away.
    await tabTo("sex");
    await page.keyboard.press("Enter");
    assert.equal(await focused(), "To columns");
    await page.keyboard.press("Enter");
    await answered(page, "count region, sex from survey where smokes = 'yes' totals");
    assert.equal(await focused(), "region");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowLeft");
    await answered(page, "count sex, region from survey where smokes = 'yes' totals");
    assert.equal(await focused(), "sex");
    await page.keyboard.press("Delete");
    await answered(page, "count region from survey where smokes = 'yes' totals");
    // In the table: to a cell, its menu, and its rows.
    await tabTo("", "td");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    assert.equal(await focused(), "Rows behind this cell");
    await page.keyboard.press("Enter");
    await page.locator("dialog table.rows tbody tr").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
});

test("a key puts a field onto each shelf, and says where it went", async () => {
    await chooseDataset(page, "survey");
    const press = async (name, key, text, said) => {
        await field(name).press(key);
        await answered(page, text);
        assert.match(await page.locator(".status").innerText(), said);
        assert.ok(await field(name).evaluate((element) => element === document.activeElement));
    };
    await press("sex", "c", "count sex from survey totals", /sex is on columns/);
    assert.deepEqual([await chips("rows"), await chips("columns")], [[], ["sex"]]);
    await press("region", "r", "count region, sex from survey totals", /region is on rows/);
    assert.deepEqual([await chips("rows"), await chips("columns")], [["region"], ["sex"]]);
    await press("smokes", "l", "count smokes, region, sex from survey totals", /smokes is on layers/);
    assert.deepEqual([await chips("layers"), await chips("rows"), await chips("columns")], [["smokes"], ["region"], ["sex"]]);
    await press("income", "m", "count, avg(income) by smokes, region, sex from survey totals", /Measure avg\(income\)/);
    assert.deepEqual(await chips("measure"), ["count", "avg(income)"]);
    assert.deepEqual(await chips("weight"), []);
    await press("weight", "w", "count, avg(income) by smokes, region, sex from survey weight by `weight` totals", /Weighted by weight/);
    assert.deepEqual(await chips("weight"), ["weight"]);
    await field("satisfied").press("f");
    await page.getByRole("checkbox", { name: /^5/ }).check();
    await page.getByRole("button", { name: "Keep only these" }).click();
    await answered(page, "count, avg(income) by smokes, region, sex from survey where satisfied = 5 weight by `weight` totals");
    assert.deepEqual(await chips("filter"), ["satisfied = 5"]);
});

test("fields are dragged to shelves, and from shelf to shelf", async () => {
    await chooseDataset(page, "survey");
    const shelf = (name) => page.locator(`[data-shelf="${name}"]`);
    await field("sex").dragTo(shelf("columns"));
    await answered(page, "count sex from survey totals");
    await field("region").dragTo(shelf("rows"));
    await answered(page, "count region, sex from survey totals");
    await field("smokes").dragTo(shelf("layers"));
    await answered(page, "count smokes, region, sex from survey totals");
    await field("income").dragTo(shelf("measure"));
    await answered(page, "count, avg(income) by smokes, region, sex from survey totals");
    await field("weight").dragTo(shelf("weight"));
    await answered(page, "count, avg(income) by smokes, region, sex from survey weight by `weight` totals");
    await shelf("columns").locator(".chip").dragTo(shelf("rows").locator(".chip"));
    await answered(page, "count, avg(income) by smokes, sex, region from survey weight by `weight` totals");
    assert.equal(await shelf("rows").locator(".chip").count(), 2);
    assert.equal(await shelf("columns").locator(".chip").count(), 0);
    // On the filter a field, or a chip, asks which of its values.
    const keep = async (name) => {
        await page.getByRole("checkbox", { name }).check();
        await page.getByRole("button", { name: "Keep only these" }).click();
    };
    await field("smokes").dragTo(shelf("filter"));
    await keep(/^yes/);
    await answered(page, "count, avg(income) by smokes, sex, region from survey where smokes = 'yes' weight by `weight` totals");
    await shelf("rows").locator(".chip", { hasText: "region" }).dragTo(shelf("filter"));
    await keep(/^north/);
    await answered(page, "count, avg(income) by smokes, sex, region from survey where smokes = 'yes' and region = 'north' weight by `weight` totals");
    assert.deepEqual(await chips("filter"), ["smokes = 'yes'", "region = 'north'"]);
});

test("editing the query moves the fields", async () => {
    await chooseDataset(page, "survey");
    await page.fill("#query", "avg(age), count by sex, region from survey where smokes = 'yes' and age > 30");
    assert.deepEqual([await chips("rows"), await chips("columns"), await chips("measure"), await chips("filter")], [["sex"], ["region"], ["avg(age)", "count"], ["smokes = 'yes'", "age > 30"]]);
    await ask(page, "count (sex), (region) from survey");
    await answered(page);
    assert.match(await page.locator(".richer").innerText(), /richer than the shelves/);
    assert.equal(await page.locator(".crosstab").count(), 2);
    assert.equal(await page.inputValue("#query"), "count (sex), (region) from survey");
    await ask(page, "rows sex, age from survey order by age limit 3");
    await page.locator("table.rows tbody tr").nth(2).waitFor();
});

test("a wrong query is underlined where it is wrong", async () => {
    await chooseDataset(page, "survey");
    await ask(page, "count größe, sex form survey");
    await page.locator(".query-line .error", { hasText: "SYNTAX" }).waitFor();
    assert.equal(await page.locator(".colours .wrong").innerText(), "form");
    assert.equal(await page.locator("#query").getAttribute("aria-invalid"), "true");
    await ask(page, "count sex from nowhere");
    await page.locator(".query-line .error", { hasText: "NODATASET" }).waitFor();
    await ask(page, "count sex from survey");
    await answered(page, "count sex from survey");
    assert.equal(await page.locator(".colours .wrong").count(), 0);
});

test("the query is completed while one types", async () => {
    await chooseDataset(page, "survey");
    await page.locator("#query").fill("");
    await page.locator("#query").pressSequentially("count sex from survey per");
    const option = page.getByRole("option", { name: "percent" });
    await option.waitFor();
    assert.deepEqual(await page.getByRole("listbox").evaluate((list) => list.getAttribute("aria-label")), "What may stand here");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator("#query").getAttribute("aria-activedescendant"), await option.getAttribute("id"));
    await page.keyboard.press("Enter");
    assert.equal(await page.inputValue("#query"), "count sex from survey percent ");
    await page.locator("#query").pressSequentially("of row");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    await answered(page, "count sex from survey percent of row");
    // What is wrong is underlined while one types, before the query is asked.
    await page.locator("#query").fill("");
    await page.locator("#query").pressSequentially("count sex fro survey");
    await page.locator(".colours .wrong", { hasText: "fro" }).waitFor();
});

test("shares, heat maps and charts", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await clickField(page, "smokes");
    await page.selectOption("#share", "row+");
    await answered(page, "count region, smokes from survey percent of row with count totals");
    await assert.doesNotReject(page.locator("td", { hasText: "100.0%" }).first().waitFor());
    for (const kind of ["row", "column", "table"]) {
        await page.selectOption("#heat", kind);
        assert.notEqual(await page.locator("td[data-row='0'][data-column='0']").evaluate((cell) => cell.style.backgroundColor), "", kind);
    }
    await page.selectOption("#share", "none");
    await page.selectOption("#heat", "residual");
    await answered(page, "count region, smokes from survey totals residuals");
    assert.notEqual(await page.locator("td[data-row='0'][data-column='0']").evaluate((cell) => cell.style.backgroundColor), "");
    assert.equal(await page.locator("td.total").first().evaluate((cell) => cell.style.backgroundColor), "");
    await page.selectOption("#heat", "none");
    await answered(page, "count region, smokes from survey totals");
    for (const kind of ["bars", "stacked", "mosaic", "lines"]) {
        await page.selectOption("#chart", kind);
        assert.equal(await page.locator(".chart").getAttribute("data-kind"), kind);
        assert.match(await page.locator(".chart desc").textContent(), /east, no \d+; east, yes \d+/);
    }
    await ask(page, "count answered by month from survey");
    await page.selectOption("#chart", "auto");
    await page.locator(".chart.lines").waitFor();
});
