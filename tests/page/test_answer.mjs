// What one does with an answer, and what it says of itself: sorting, the rows behind a cell, links, comparisons, saved
// queries, live tables.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, ask, assertNothingWrong, chooseDataset, clickField, downloadedBy, tableOf } from "./browser.mjs";
import { browser, page, server, setUp, SURVEY } from "./setup.mjs";

setUp(async (server) => {
    server.loadFile("survey", SURVEY);
    await server.load("later", Array.from({ length: 40 }, (_, i) => ({ sex: i % 4 ? "male" : "female", region: ["north", "south", "centre"][i % 3], age: 20 + (i % 30) })));
    // Of 60 rows 10 lack the place, 15 the weight. Nobody in Ulm has an age, and few are there.
    await server.load("people", Array.from({ length: 60 }, (_, i) => ({
        place: i < 10 ? null : i < 13 ? "Ulm" : ["Bonn", "Kiel", "Mainz"][i % 3], age: i < 13 ? null : 20 + ((i * 7) % 40), sex: i % 2 ? "f" : "m", w: i % 4 === 0 ? null : 1.5,
    })));
    // The same moments as texts, as seconds, and two in one field.
    const moments = Array.from({ length: 60 }, (_, i) => new Date(Date.UTC(2023, 10, 1 + i * 3, (i * 5) % 24, 59)));
    await server.load("events", moments.map((moment, i) => ({
        seen: moment.toISOString().slice(0, 19), at: moment.getTime() / 1000, both: [moment, moments[(i * 11) % 60]].map((one) => one.toISOString().slice(0, 10)).join(","), odd: i === 7 ? "2023-11-xx" : moment.toISOString().slice(0, 10),
    })));
    await server.call("DATASET", "ALTER", "events", "FIELD", "at", "EPOCH", "s");
    await server.call("DATASET", "ALTER", "events", "FIELD", "both", "MULTI", ",");
});

test("an answer says what it left out, how long it took, and how many rows were counted where", async () => {
    const text = "count place from people weight by w";
    await chooseDataset(page, "people");
    await ask(page, text);
    await answered(page, text);
    const { base, excluded, shards } = await server.answer(text);
    assert.deepEqual([base, shards.reduce((sum, shard) => sum + shard.rows, 0)], [60, 60]);
    assert.ok(excluded.position > 0);
    const facts = await page.locator(".facts > div").evaluateAll((items) => items.map((item) => [item.querySelector("dt").textContent, item.querySelector("dd").textContent]));
    const [took] = facts.filter(([name]) => name === "took");
    assert.match(took[1], /^[\d,]+(\.\d)? ms$/);
    assert.deepEqual(facts, [["base", "60"], ["in no position", excluded.position.toLocaleString("en-US")], ["without a weight", "15"], took, ["counted", "60 rows in 2 shards"]]);
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

/** What stands in a column of a table, without its totals. */
const columnOf = async (column, at = 0) => (await tableOf(page, at)).rows.filter(([name]) => name !== "Total").map((row) => row[column]);
const numbers = (texts) => texts.filter((text) => !["–", "hidden"].includes(text)).map((text) => Number(text.replaceAll(",", "")));

test("a second measure sorts too, and what has no figure stays behind the others", async () => {
    await chooseDataset(page, "people");
    await ask(page, "count, avg(age) by place from people totals");
    await answered(page, "count, avg(age) by place from people totals");
    for (const order of [(a, b) => b - a, (a, b) => a - b]) {
        await page.locator("button.sort").nth(1).click();
        const shown = await columnOf(2);
        assert.deepEqual([shown.length, shown.at(-1)], [4, "–"]);
        assert.deepEqual(numbers(shown), numbers(shown).toSorted(order));
        assert.equal((await tableOf(page)).rows.at(-1)[0], "Total");
    }
    assert.match(page.url(), /sort=1/);
    const hiding = "count place in {Ulm, Bonn, Kiel, Mainz}, sex from people suppress below 5";
    await ask(page, hiding);
    await answered(page, hiding);
    assert.equal((await tableOf(page)).rows[0][0], "Ulm");
    for (const order of [(a, b) => b - a, (a, b) => a - b]) {
        await page.locator("button.sort").first().click();
        const shown = await columnOf(1);
        assert.deepEqual([shown.length, shown.at(-1)], [4, "hidden"]);
        assert.deepEqual(numbers(shown), numbers(shown).toSorted(order));
    }
});

test("a table of differences sorts as the two others do, with its totals last", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await page.selectOption("#compare", "later");
    await page.locator(".crosstab").nth(2).waitFor();
    for (const order of [(a, b) => b - a, (a, b) => a - b]) {
        await page.locator(".crosstab").nth(2).locator("button.sort").first().click();
        for (const at of [0, 1, 2]) {
            const shown = numbers(await columnOf(1, at));
            assert.deepEqual(shown, shown.toSorted(order));
            assert.equal((await tableOf(page, at)).rows.at(-1)[0], "Total");
        }
        assert.ok(numbers(await columnOf(1, 2)).some((difference) => difference < 0));
    }
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

test("all rows behind a cell are downloaded, not those of one page alone", async () => {
    await chooseDataset(page, "survey");
    await ask(page, "count sex from survey where age > 20");
    await answered(page, "count sex from survey where age > 20");
    const cell = page.locator("td[data-row='0'][data-column='0']");
    const count = Number(await cell.innerText());
    assert.ok(count > 50);
    await cell.click();
    await page.getByRole("menuitem", { name: "Rows behind this cell" }).click();
    await page.locator("dialog [role=status]", { hasText: `Rows 1 to 50 of ${count}` }).waitFor();
    const file = await downloadedBy(page, () => page.getByRole("button", { name: "Download CSV" }).click());
    assert.equal(file, await server.call("QUERY", "rows * from survey where age > 20 and sex = 'female' format csv"));
    assert.equal(file.trimEnd().split("\r\n").length, 1 + count);
    await page.keyboard.press("Escape");
});

/** Of the first cells of a table's rows: the count, and the line under the rows behind it, or why there are none to show. */
async function rowsBehind(most = 6) {
    const found = [];
    const cells = page.locator("td[data-row][data-column='0']");
    for (let at = 0; at < Math.min(most, await cells.count()); at++) {
        const count = Number(await cells.nth(at).innerText());
        await cells.nth(at).click();
        const item = page.getByRole("menuitem", { name: "Rows behind this cell" });
        if ((await item.getAttribute("aria-disabled")) === "true") {
            found.push([count, await item.locator("small").innerText()]);
        } else {
            await item.click();
            const said = page.locator("dialog [role=status]:not(:empty)");
            const problem = page.locator("dialog .error:not(:empty)");
            await said.or(problem).waitFor();
            found.push([count, await said.or(problem).innerText()]);
        }
        await page.keyboard.press("Escape");
        await page.locator("dialog, .menu").waitFor({ state: "detached" });
    }
    return found;
}

test("the rows behind a cell of dates are as many as it counted, or it is said that there is no such condition", async () => {
    await chooseDataset(page, "events");
    const isNone = ([, said]) => said === "No condition says the same as this position.";
    const isSame = ([count, said]) => said === `Rows 1 to ${count} of ${count}`;
    for (const [field, cuts] of [["seen", ["year", "quarter", "month", "week", "hour"]], ["at", ["year", "quarter", "month"]], ["both", ["quarter", "month"]]]) {
        for (const cut of cuts) {
            const text = `count ${field} by ${cut} from events where seen > '2023-12-10' and seen < '2024-01-20'`;
            await ask(page, text);
            await answered(page, text);
            const found = await rowsBehind();
            assert.ok(found.length > 1);
            assert.deepEqual(found.filter((one) => !isSame(one)), [], `${field} by ${cut}`);
        }
    }
    for (const cut of ["seen by weekday", "at by weekday", "at by hour"]) {
        await ask(page, `count ${cut} from events`);
        await answered(page, `count ${cut} from events`);
        assert.deepEqual((await rowsBehind(2)).filter((one) => !isNone(one)), [], cut);
    }
});

test("rows that a condition holds for and the cell did not count are told", async () => {
    await chooseDataset(page, "events");
    await ask(page, "count odd by month from events");
    await answered(page, "count odd by month from events");
    const [[count, said]] = await rowsBehind(1);
    assert.equal(said, `Rows 1 to ${count + 1} of ${count + 1}; the cell counted ${count}`);
});

test("a field of seconds is cut as dates are", async () => {
    await chooseDataset(page, "events");
    await clickField(page, "at");
    await answered(page, "count at by month from events totals");
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
    await page.locator("#layer-0").waitFor(); // the address is there before the answer
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
    // As a link it is the same three tables.
    const other = await browser.open(page.url());
    await other.locator(".crosstab").nth(2).waitFor();
    assert.deepEqual([await tableOf(other, 0), await tableOf(other, 1), await tableOf(other, 2)], [first, second, third]);
    assert.equal(await other.inputValue("#compare"), "later");
    assert.equal(await other.locator(".dataset[aria-current]").innerText(), "survey");
    assert.deepEqual(await other.locator(".table-part h3").allInnerTexts(), ["survey", "later", "Difference: later less survey"]);
    assertNothingWrong(other);
    await other.close();
    // A live table is one alone, in the address too.
    await page.getByRole("checkbox", { name: "Live" }).check();
    await page.locator(".crosstab").nth(1).waitFor({ state: "detached" });
    assert.deepEqual(await tableOf(page), first);
    assert.equal(await page.inputValue("#compare"), "");
    assert.doesNotMatch(page.url(), /with=/);
    await page.getByRole("checkbox", { name: "Live" }).uncheck();
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
