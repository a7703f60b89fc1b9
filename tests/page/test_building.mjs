// Building a crosstab: by three clicks, by keys alone, by dragging; the query's text, and what one can do with an answer.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, beforeEach, afterEach, test } from "node:test";
import { answered, ask, assertNothingWrong, Browser, chooseDataset, clickField, tableOf } from "./browser.mjs";
import { ROOT, Server } from "./server.mjs";

let server;
let browser;
let page;

before(async () => {
    server = await Server.start();
    server.loadFile("survey", path.join(ROOT, "docs/survey.csv"));
    await server.load("later", Array.from({ length: 40 }, (_, i) => ({ sex: i % 4 ? "male" : "female", region: ["north", "south", "centre"][i % 3], age: 20 + (i % 30) })));
    browser = await Browser.start();
});

after(async () => {
    await browser?.close();
    await server?.stop();
});

beforeEach(async () => {
    page = await browser.open(server.url);
});

afterEach(async () => {
    assertNothingWrong(page);
    await page.close();
});

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

test("everything by keys alone", async () => {
    const focused = () => page.evaluate(() => document.activeElement.textContent);
    const tabTo = async (what) => {
        for (let i = 0; i < 60; i++) {
            await page.keyboard.press("Tab");
            if ((await focused()).startsWith(what)) {
                return;
            }
        }
        assert.fail(`Tab does not reach ${what}`);
    };
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
    await page.getByRole("checkbox", { name: /^yes/ }).focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await answered(page, "count sex, region from survey where smokes = 'yes' totals");
    // Along the shelves: a chip is moved, and taken away.
    await tabTo("sex");
    await page.keyboard.press("Enter");
    assert.equal(await focused(), "To columns");
    await page.keyboard.press("Enter");
    await answered(page, "count region, sex from survey where smokes = 'yes' totals");
    await page.locator(".shelf.columns .chip").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowLeft");
    await answered(page, "count sex, region from survey where smokes = 'yes' totals");
    assert.equal(await focused(), "sex");
    await page.keyboard.press("Delete");
    await answered(page, "count region from survey where smokes = 'yes' totals");
    // In the table: to a cell, its menu, and its rows.
    await page.locator("td[tabindex='0']").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    assert.equal(await focused(), "Rows behind this cell");
    await page.keyboard.press("Enter");
    await page.locator("dialog table.rows tbody tr").first().waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
});

test("fields are dragged to shelves, and from shelf to shelf", async () => {
    await chooseDataset(page, "survey");
    const field = (name) => page.locator(`li[data-field="${name}"] > .field`);
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
});

test("editing the query moves the fields", async () => {
    await chooseDataset(page, "survey");
    await page.fill("#query", "avg(age), count by sex, region from survey where smokes = 'yes' and age > 30");
    const chips = (shelf) => page.locator(`.shelf.${shelf} .chip`).allInnerTexts();
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

test("a column's head sorts, and totals stay last", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await clickField(page, "sex");
    await answered(page, "count region, sex from survey totals");
    const names = async () => (await tableOf(page)).rows.map((row) => row[0]);
    const counts = async () => (await tableOf(page)).rows.slice(0, -1).map((row) => Number(row[1]));
    await page.locator("button.sort").first().click();
    assert.deepEqual(await counts(), (await counts()).toSorted((a, b) => b - a));
    assert.equal(await page.locator("th[aria-sort=descending]").count(), 1);
    await page.locator("button.sort").first().click();
    assert.deepEqual(await counts(), (await counts()).toSorted((a, b) => a - b));
    assert.equal((await names()).at(-1), "Total");
    await page.locator("button.sort").first().click();
    assert.deepEqual(await names(), ["east", "north", "south", "west", "Total"]);
});

test("the rows behind a cell, and only its rows", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await clickField(page, "age");
    await answered(page, "count region, age by 10 from survey totals");
    const cell = page.locator("td[data-row='1'][data-column='3']");
    const count = Number(await cell.innerText());
    await cell.click();
    await page.getByRole("menuitem", { name: "Rows behind this cell" }).click();
    await page.locator("dialog table.rows tbody tr").first().waitFor();
    assert.equal(await page.locator("dialog table.rows tbody tr").count(), Math.min(count, 50));
    assert.match(await page.locator("dialog [role=status]").innerText(), new RegExp(`of ${count}$`));
    await page.keyboard.press("Escape");
    // A total's rows: those in any of its positions.
    const total = page.locator("tr.total td.total");
    const all = (await total.innerText()).replaceAll(",", "");
    await total.click();
    await page.getByRole("menuitem", { name: "Rows behind this cell" }).click();
    await page.locator("dialog [role=status]", { hasText: `of ${all}` }).waitFor();
    await page.keyboard.press("Escape");
    await cell.click();
    await page.getByRole("menuitem", { name: "Keep only this" }).click();
    await page.waitForFunction(() => document.getElementById("query").value.includes("where region = 'north' and age in ["));
    await answered(page);
    assert.match(await page.locator(".facts").innerText(), new RegExp(`base\\s*${count}\\b`));
});

test("a link opens exactly this again", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await clickField(page, "sex");
    await page.selectOption("#heat", "column");
    await page.selectOption("#chart", "mosaic");
    await page.locator("button.sort").nth(1).click();
    await page.locator('li[data-field="smokes"] > .field').focus();
    await page.keyboard.press("l");
    await answered(page, "count smokes, region, sex from survey totals");
    await page.locator("#layer-0").selectOption({ label: "yes" });
    await page.locator("button.sort").nth(1).click();
    const shown = await tableOf(page);
    const other = await browser.open(page.url());
    await answered(other, "count smokes, region, sex from survey totals");
    assert.deepEqual(await tableOf(other), shown);
    assert.equal(await other.inputValue("#heat"), "column");
    assert.equal(await other.locator(".chart").getAttribute("data-kind"), "mosaic");
    assert.equal(await other.locator("#layer-0 option:checked").innerText(), "yes");
    assert.equal(await other.locator(".dataset[aria-current]").innerText(), "survey");
    assertNothingWrong(other);
    await other.close();
    // Back to what was before.
    await ask(page, "count sex from survey");
    await answered(page, "count sex from survey");
    await page.goBack();
    await answered(page, "count smokes, region, sex from survey totals");
    assert.deepEqual(await tableOf(page), shown);
    // The history has both.
    await page.getByRole("button", { name: "History" }).click();
    await page.getByRole("menuitem", { name: "count sex from survey" }).click();
    await answered(page, "count sex from survey");
});

test("the same query over two datasets, and the difference", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await page.selectOption("#compare", "later");
    await page.locator(".crosstab").nth(2).waitFor();
    const [first, second, third] = [await tableOf(page, 0), await tableOf(page, 1), await tableOf(page, 2)];
    const counts = (table) => new Map(table.rows.map(([name, count]) => [name, Number(count)]));
    const [a, b, difference] = [counts(first), counts(second), counts(third)];
    assert.deepEqual([...difference.keys()].toSorted(), ["Total", "centre", "east", "north", "south", "west"]);
    for (const [name, count] of difference) {
        assert.equal(count, (b.get(name) ?? 0) - (a.get(name) ?? 0), name);
    }
    assert.match(page.url(), /with=later/);
});

test("copies and downloads say what the table says", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "smokes");
    await answered(page, "count smokes from survey totals");
    const answer = await server.answer("count smokes from survey totals");
    const [no, yes, all] = answer.cells;
    const copied = async (item) => {
        await page.evaluate(() => {
            window.copied = null;
            // After the page's own listener, which is the document's.
            window.addEventListener("copy", (event) => (window.copied = { html: event.clipboardData.getData("text/html"), text: event.clipboardData.getData("text/plain") }), { once: true });
        });
        await page.getByRole("button", { name: "Copy" }).click();
        await page.getByRole("menuitem", { name: item, exact: true }).click();
        return page.evaluate(() => window.copied);
    };
    assert.equal((await copied("CSV")).text, `smokes,count\r\nno,${no}\r\nyes,${yes}\r\nTotal,${all}\r\n`);
    assert.equal((await copied("Markdown")).text, `| smokes | count |\n| :-- | --: |\n| no | ${no} |\n| yes | ${yes} |\n| Total | ${all} |\n`);
    const table = await copied("Table");
    assert.equal(table.text, `smokes\tcount\nno\t${no}\nyes\t${yes}\nTotal\t${all}`);
    assert.match(table.html, /<tr><th>no<\/th><td>\d+<\/td><\/tr>/);
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download" }).click();
    await page.getByRole("menuitem", { name: "JSON" }).click();
    const saved = await (await download).createReadStream();
    let text = "";
    for await (const piece of saved) {
        text += piece;
    }
    assert.deepEqual(JSON.parse(text).cells, answer.cells);
});

test("a query is saved, opened and forgotten", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await answered(page, "count region from survey totals");
    await page.getByRole("button", { name: "Saved" }).click();
    await page.getByLabel("Save this query as").fill("by <region>");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.locator(".saved .open", { hasText: "by <region>" }).waitFor();
    await page.keyboard.press("Escape");
    await ask(page, "count sex from survey");
    await answered(page, "count sex from survey");
    await page.getByRole("button", { name: "Saved" }).click();
    await page.locator(".saved .open", { hasText: "by <region>" }).click();
    await answered(page, "count region from survey totals");
    await page.getByRole("button", { name: "Saved" }).click();
    await page.getByRole("button", { name: "Forget by <region>" }).click();
    await page.getByText("No query is saved yet.").waitFor();
    await page.keyboard.press("Escape");
});

test("a table that is live follows the rows", async () => {
    await chooseDataset(page, "later");
    await clickField(page, "sex");
    await answered(page, "count sex from later totals");
    const total = async () => Number((await tableOf(page)).rows.at(-1)[1]);
    const before = await total();
    await page.getByRole("checkbox", { name: "Live" }).check();
    for (let i = 1; i <= 3; i++) {
        await server.call("HSET", `later_live_${i}`, "sex", "female");
        await page.waitForFunction((wanted) => document.querySelector("tr.total td")?.textContent === String(wanted), before + i);
    }
    // Another query is watched in its place.
    await clickField(page, "region");
    await answered(page, "count sex, region from later totals");
    await server.call("HSET", "later_live_4", "sex", "female", "region", "north");
    await page.waitForFunction((wanted) => [...document.querySelectorAll("tr.total td")].some((cell) => cell.textContent === String(wanted)), 41);
    await page.getByRole("checkbox", { name: "Live" }).uncheck();
    await server.call("DEL", "later_live_1", "later_live_2", "later_live_3", "later_live_4");
    await page.getByRole("button", { name: "Run" }).click();
    await page.waitForFunction((wanted) => [...document.querySelectorAll("tr.total td")].some((cell) => cell.textContent === String(wanted)), 40);
});
