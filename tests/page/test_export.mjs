// Copies and downloads: all that an answer shows, in all its layers, whichever of them is on the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, ask, chooseDataset, clickField, downloadedBy, tableOf } from "./browser.mjs";
import { page, server, setUp, SURVEY } from "./setup.mjs";

setUp(async (server) => {
    server.loadFile("survey", SURVEY);
    await server.load("later", Array.from({ length: 40 }, (_, i) => ({ sex: i % 4 ? "male" : "female", region: ["north", "south", "centre"][i % 3], "a|b": `x,"${i % 2}` })));
});

/** What an item of Copy puts onto the clipboard: {text, html}. */
async function copied(item) {
    await page.evaluate(() => {
        window.copied = null;
        // After the page's own listener, which is the document's.
        window.addEventListener("copy", (event) => (window.copied = { html: event.clipboardData.getData("text/html"), text: event.clipboardData.getData("text/plain") }), { once: true });
    });
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByRole("menuitem", { name: item, exact: true }).click();
    return page.evaluate(() => window.copied);
}

/** The text of the file that an item of Download makes. */
async function downloaded(item) {
    await page.getByRole("button", { name: "Download" }).click();
    return downloadedBy(page, () => page.getByRole("menuitem", { name: item, exact: true }).click());
}

const csvOf = (lines) => lines.map((line) => `${line.join(",")}\r\n`).join("");
const said = ({ dataset, dims, measures, cells }) => ({ dataset, dims, measures, cells });
const labels = (dim) => dim.positions.map(({ kind, label }) => (kind === "total" ? "Total" : label));

/** An answer of layers, rows and columns, one dimension each, as lines of texts. */
function linesOf(answer) {
    const [layers, rows, columns] = answer.dims.map(labels);
    return [[answer.dims[0].name, answer.dims[1].name, ...columns], ...layers.flatMap((layer, l) => rows.map((row, r) => [layer, row, ...answer.cells[l][r]]))];
}

test("copies and downloads say what the table says", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "smokes");
    await answered(page, "count smokes from survey totals");
    const answer = await server.answer("count smokes from survey totals");
    const [no, yes, all] = answer.cells;
    assert.equal((await copied("CSV")).text, `smokes,count\r\nno,${no}\r\nyes,${yes}\r\nTotal,${all}\r\n`);
    assert.equal((await copied("Markdown")).text, `| smokes | count |\n| :-- | --: |\n| no | ${no} |\n| yes | ${yes} |\n| Total | ${all} |\n`);
    const table = await copied("Table");
    assert.equal(table.text, `smokes\tcount\nno\t${no}\nyes\t${yes}\nTotal\t${all}`);
    assert.equal(table.html, `<table><thead><tr><th>smokes</th><th>count</th></tr></thead><tbody><tr><th>no</th><td>${no}</td></tr><tr><th>yes</th><td>${yes}</td></tr><tr><th>Total</th><td>${all}</td></tr></tbody></table>`);
    assert.equal(await downloaded("CSV"), (await copied("CSV")).text);
    assert.deepEqual(said(JSON.parse(await downloaded("JSON"))), said(answer));
    assert.match(await page.locator(".status").innerText(), /Downloaded/);
});

test("all layers are copied and downloaded, with their names, in the order that one sees", async () => {
    const text = "count smokes, region, sex from survey totals";
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await clickField(page, "sex");
    await page.locator('li[data-field="smokes"] > .field').press("l");
    await answered(page, text);
    const answer = await server.answer(text);
    const lines = linesOf(answer);
    assert.equal(lines.length, 1 + 3 * 5);
    assert.equal((await copied("CSV")).text, csvOf(lines));
    await page.locator("#layer-0").selectOption({ label: "yes" });
    assert.equal(await downloaded("CSV"), csvOf(lines));
    assert.deepEqual(said(JSON.parse(await downloaded("JSON"))), said(answer));
    const [head, ...body] = lines.map((line) => `| ${line.join(" | ")} |\n`);
    assert.equal((await copied("Markdown")).text, `${head}| :-- | :-- | --: | --: | --: |\n${body.join("")}`);
    const table = await copied("Table");
    assert.equal(table.text, lines.map((line) => line.join("\t")).join("\n"));
    assert.match(table.html, /<tr><th>yes<\/th><th>north<\/th><td>\d+<\/td>/);
    // Each layer is sorted as it is on the page.
    await page.locator("button.sort").first().click();
    const sorted = (await copied("CSV")).text.trimEnd().split("\r\n").map((line) => line.split(","));
    assert.deepEqual(sorted.toSorted(), lines.map((line) => line.map(String)).toSorted());
    const shown = (await tableOf(page)).rows;
    assert.deepEqual(sorted.filter(([layer]) => layer === "yes").map(([, ...line]) => line), shown);
    for (const layer of ["no", "yes", "Total"]) {
        const counts = sorted.filter((line) => line[0] === layer && line[1] !== "Total").map((line) => Number(line[2]));
        assert.deepEqual(counts, counts.toSorted((a, b) => b - a), layer);
    }
});

test("several tables are copied and downloaded with their titles", async () => {
    const text = "count (sex), (region) from survey";
    await chooseDataset(page, "survey");
    await ask(page, text);
    await page.locator(".crosstab").nth(1).waitFor();
    const answers = await server.answer(text);
    const lines = answers.map((answer) => [[answer.dims[0].name, "count"], ...labels(answer.dims[0]).map((name, at) => [name, answer.cells[at]])]);
    const titles = ["count by sex of survey", "count by region of survey"];
    const expected = lines.map((table, at) => csvOf([[titles[at]], ...table])).join("\r\n");
    assert.equal((await copied("CSV")).text, expected);
    assert.equal(await downloaded("CSV"), expected);
    assert.deepEqual(JSON.parse(await downloaded("JSON")).map(said), answers.map(said));
    const markdown = lines.map(([head, ...body], at) => `### ${titles[at]}\n\n| ${head.join(" | ")} |\n| :-- | --: |\n${body.map((line) => `| ${line.join(" | ")} |\n`).join("")}`).join("\n");
    assert.equal((await copied("Markdown")).text, markdown);
    const table = await copied("Table");
    assert.equal(table.text, lines.map((one, at) => [[titles[at]], ...one].map((line) => line.join("\t")).join("\n")).join("\n\n"));
    assert.deepEqual([...table.html.matchAll(/<caption>(.*?)<\/caption>/g)].map((match) => match[1]), titles);
});

test("a comparison is copied and downloaded whole: both tables and the differences", async () => {
    await chooseDataset(page, "survey");
    await clickField(page, "sex");
    await page.selectOption("#compare", "later");
    await page.locator(".crosstab").nth(2).waitFor();
    const [first, second] = [await server.answer("count sex from survey totals"), await server.answer("count sex from later totals")];
    const names = labels(first.dims[0]);
    const differences = names.map((_, at) => second.cells[at] - first.cells[at]);
    const table = (title, cells) => csvOf([[title], ["sex", "count"], ...names.map((name, at) => [name, cells[at]])]);
    const expected = [table("survey", first.cells), table("later", second.cells), table("Difference: later less survey", differences)].join("\r\n");
    assert.equal((await copied("CSV")).text, expected);
    assert.equal(await downloaded("CSV"), expected);
    const answers = JSON.parse(await downloaded("JSON"));
    assert.deepEqual(answers.slice(0, 2).map(said), [first, second].map(said));
    assert.deepEqual(said(answers[2]), said({ ...first, dataset: "later less survey", cells: differences }));
    // A base is of one count.
    assert.deepEqual([answers[2].base, answers[2].excluded], [null, null]);
});

test("rows that were asked for are copied too, with what is special in CSV and Markdown escaped", async () => {
    const text = "rows sex, `a|b` from later order by sex limit 2";
    await chooseDataset(page, "later");
    await ask(page, text);
    await page.locator("table.rows tbody tr").nth(1).waitFor();
    const { rows } = await server.answer(text);
    assert.equal((await copied("CSV")).text, csvOf([["row", "sex", "a|b"], ...rows.map(([key, sex, value]) => [key, sex, `"${value.replaceAll('"', '""')}"`])]));
    assert.equal((await copied("Markdown")).text, `| row | sex | a\\|b |\n| :-- | :-- | :-- |\n${rows.map((row) => `| ${row.join(" | ")} |\n`).join("")}`);
    assert.deepEqual(JSON.parse(await downloaded("JSON")).rows, rows);
});

test("where there is no table, nothing is copied", async () => {
    await chooseDataset(page, "survey");
    await ask(page, "explain count sex from survey");
    await page.locator(".answer pre").waitFor();
    assert.equal(await copied("CSV"), null);
    assert.match(await page.locator(".status").innerText(), /There is no table/);
});
