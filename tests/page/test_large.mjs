// What is large or hostile: a dataset of 1,000 fields, a table of 1,000 columns, 100,000 cells, labels that are markup, turn
// the direction of text or hold NUL.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, ask, assertNothingWrong, chooseDataset, clickField, tableOf, violations } from "./browser.mjs";
import { browser, page, server, setUp } from "./setup.mjs";

const HOSTILE = ["<img src=x onerror=alert(1)>", "</td><script>alert(2)</script>", "\u202Egnp.exe", "a\u0000b", "שלום, world", "'); drop", "`back`", "", "x".repeat(300), "&amp;\"'", "\u200Bthin", "é\u0301", "javascript:alert(3)"];

setUp(async (server) => {
    await server.load("wide", Array.from({ length: 20 }, (_, i) => Object.fromEntries(Array.from({ length: 1000 }, (_, f) => [`field_${String(f).padStart(4, "0")}`, (i * f) % 7]))));
    await server.load("big", Array.from({ length: 2000 }, (_, i) => ({ a: i % 100, b: i % 1000, c: (i * 7) % 5 })));
    await server.load("hostile", HOSTILE.map((text, i) => ({ "<b>label</b>": text, "field `with` \u202E ticks": i % 3, plain: i % 2 ? text : "safe" })));
});

test("1,000 fields are listed and searched", async () => {
    await chooseDataset(page, "wide");
    assert.equal(await page.locator(".field").count(), 1000);
    assert.equal(await page.locator(".field[tabindex='0']").count(), 1);
    await page.fill("#field-search", "0777");
    assert.equal(await page.locator(".fields li:not([hidden])").count(), 1);
    await clickField(page, "field_0777");
    await answered(page, "count field_0777 from wide totals");
    // Only the bars of fields that are seen are asked for.
    assert.ok((await page.locator(".bar .part").count()) < 200);
});

test("100,000 cells in 1,000 columns: some hundred elements, wherever one scrolls", async () => {
    await chooseDataset(page, "big");
    await ask(page, "count a, b from big");
    await answered(page, "count a, b from big");
    const size = () => page.locator(".crosstab").evaluate((box) => ({ rows: box.querySelectorAll("tbody tr:not(.gap)").length, cells: box.querySelectorAll("td[data-row]").length }));
    const assertSmall = async () => {
        const { rows, cells } = await size();
        assert.ok(rows > 10 && rows < 60, `${rows} rows`);
        assert.ok(cells < 2500, `${cells} cells`);
    };
    await assertSmall();
    const answer = await server.answer("count a, b from big");
    const shown = async (row, column) => page.locator(`td[data-row="${row}"][data-column="${column}"]`).innerText();
    for (const [row, column] of [[0, 0], [99, 999], [50, 500], [99, 0]]) {
        await page.locator(".crosstab").evaluate((box, to) => box.scrollTo(to.left * box.scrollWidth, to.top * box.scrollHeight), { left: column / 1000, top: row / 100 });
        await page.locator(`td[data-row="${row}"][data-column="${column}"]`).waitFor();
        assert.equal(await shown(row, column), String(answer.cells[row][column]));
        await assertSmall();
    }
    // By keys to the far corner, heads and cells in step.
    await page.locator("td[data-row]").first().click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+End");
    assert.deepEqual(await page.evaluate(() => [document.activeElement.dataset.row, document.activeElement.dataset.column]), ["99", "999"]);
    const [cell, head] = await Promise.all([page.locator("td[data-column='999']").last().boundingBox(), page.locator("button.sort[data-column='999']").locator("..").boundingBox()]);
    assert.ok(Math.abs(cell.x - head.x) < 1.5, `${cell.x} and ${head.x}`);
    await page.locator("button.sort[data-column='999']").click();
    await page.locator("th[aria-sort=descending]").waitFor();
    await assertSmall();
    // How many frames a second while it scrolls: told, not asserted.
    const frames = await page.locator(".crosstab").evaluate(async (box) => {
        let count = 0;
        const since = performance.now();
        while (performance.now() - since < 1000) {
            box.scrollTop = (box.scrollTop + 97) % (box.scrollHeight - box.clientHeight);
            await new Promise(requestAnimationFrame);
            count++;
        }
        return count;
    });
    console.log(`# ${frames} frames in the second that the table was scrolled`);
    await page.selectOption("#heat", "row");
    await assertSmall();
    assert.deepEqual(await violations(page), []);
});

test("a table of many rows scrolls to its end", async () => {
    await chooseDataset(page, "big");
    await ask(page, "count b, c from big");
    await answered(page, "count b, c from big");
    const answer = await server.answer("count b, c from big");
    await page.locator(".crosstab").evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.locator("td[data-row='999'][data-column='0']").waitFor();
    assert.equal(await page.locator("td[data-row='999'][data-column='4']").innerText(), String(answer.cells[999][4]));
});

test("labels are text, whatever they hold", async () => {
    await chooseDataset(page, "hostile");
    const fields = await page.locator(".field-name").allTextContents();
    assert.deepEqual(fields.toSorted(), ["<b>label</b>", "field `with` <U+202E> ticks", "plain"].toSorted());
    await clickField(page, "<b>label</b>");
    await answered(page, "count `<b>label</b>` from hostile totals");
    const { rows } = await tableOf(page);
    const names = rows.map((row) => row[0]);
    for (const text of ["<img src=x onerror=alert(1)>", "</td><script>alert(2)</script>", "<U+202E>gnp.exe", "a\u2400b", "שלום, world", "(empty)", "x".repeat(300), "&amp;\"'", "<U+200B>thin"]) {
        assert.ok(names.includes(text), text);
    }
    assert.equal(await page.locator(".answer img, .answer script").count(), 0);
    assert.deepEqual(await violations(page), []);
    assert.ok((await page.locator(".crosstab bdi").count()) >= HOSTILE.length);
    await page.locator(".crosstab td").first().waitFor();
    // The rows behind a cell, through quotes, backquotes and NUL.
    for (const wanted of ["a\u2400b", "'); drop", "<U+202E>gnp.exe"]) {
        const row = names.indexOf(wanted);
        await page.locator(`td[data-row='${row}']`).first().click();
        await page.getByRole("menuitem", { name: "Rows behind this cell" }).click();
        await page.locator("dialog [role=status]", { hasText: "of 1" }).waitFor();
        assert.equal(await page.locator("dialog tbody tr").count(), 1);
        await page.keyboard.press("Escape");
    }
    await clickField(page, "plain");
    await answered(page);
    await page.selectOption("#chart", "bars");
    await page.locator(".chart").waitFor();
    assert.equal(await page.locator(".chart img, .chart script").count(), 0);
    await page.selectOption("#chart", "mosaic");
    // In a link and in the history too.
    const other = await browser.open(page.url());
    await answered(other);
    assertNothingWrong(other);
    await other.close();
});
