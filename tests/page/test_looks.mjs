// How the page looks: without a violation of axe-core's rules in each view, narrow, dark, on paper; and the pictures of
// docs/images, which are written again only if QUIPU_PICTURES=1.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { answered, ask, chooseDataset, clickField, violations } from "./browser.mjs";
import { contrast } from "./colour.mjs";
import { ROOT } from "./server.mjs";
import { browser, page, server, setUp, SURVEY } from "./setup.mjs";

const MOST_BYTES = 150 * 1024;

setUp(async (server) => {
    server.loadFile("survey", SURVEY);
    await server.load("may", Array.from({ length: 120 }, (_, i) => ({ sex: i % 3 ? "male" : "female", region: ["north", "south", "east", "west"][(i * 7) % 4], satisfied: 1 + (i % 5) })));
});

async function picture(name, options = {}) {
    const file = path.join(ROOT, "docs/images", `${name}.png`);
    if (process.env.QUIPU_PICTURES === "1") {
        await page.screenshot({ path: file, ...options });
    }
    assert.ok(fs.statSync(file).size < MOST_BYTES, `${name} is too large`);
}

/** Nothing is wider than the window but what scrolls in itself. */
async function assertFits() {
    const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(wide <= window, `${wide} in ${window}`);
}

async function buildTable() {
    await chooseDataset(page, "survey");
    await clickField(page, "region");
    await clickField(page, "satisfied");
    await answered(page, "count region, satisfied from survey totals");
}

test("every view is accessible, light and dark", async () => {
    for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" }); // a colour on its way to another one is neither
        const check = async (what) => assert.deepEqual(await violations(page), [], `${what}, ${colorScheme}`);
        await page.locator(".dataset").first().waitFor();
        await check("the empty page");
        await chooseDataset(page, "survey");
        await page.locator(".bar .part").first().waitFor();
        await check("a dataset");
        await buildTable();
        await check("a crosstab");
        for (const heat of ["row", "residual"]) {
            await page.selectOption("#heat", heat);
            await answered(page);
            await check(`heat map ${heat}`);
        }
        await page.selectOption("#heat", "none");
        await answered(page);
        for (const chart of ["bars", "mosaic", "lines"]) {
            await page.selectOption("#chart", chart);
            await check(chart);
        }
        await page.selectOption("#chart", "auto");
        await page.selectOption("#compare", "may");
        await page.locator(".crosstab").nth(2).waitFor();
        await check("a comparison");
        await page.selectOption("#compare", "");
        await page.locator(".crosstab").nth(1).waitFor({ state: "detached" });
        await page.locator('li[data-field="sex"] .more').click();
        await check("a menu");
        await page.keyboard.press("Escape");
        await page.locator("td[data-row='0']").first().click();
        await page.getByRole("menuitem", { name: "Rows behind" }).click();
        await page.locator("dialog table.rows").waitFor();
        await check("rows");
        await page.keyboard.press("Escape");
        await page.locator('li[data-field="age"] > .field').focus();
        await page.keyboard.press("f");
        await page.locator("dialog .value").first().waitFor();
        await check("a filter");
        await page.keyboard.press("Escape");
        await page.locator(".shelf.rows .chip").first().click();
        await page.getByRole("menuitem", { name: "Choose values…" }).click();
        await page.locator("dialog .value").first().waitFor();
        await check("positions");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Saved" }).click();
        await page.getByLabel("Save this query as").fill("a table");
        await page.getByRole("button", { name: "Save", exact: true }).click();
        await page.locator(".saved .open").waitFor();
        await check("saved queries");
        await page.getByRole("button", { name: "Forget a table" }).click();
        await page.getByText("No query is saved yet.").waitFor();
        await check("no saved query");
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "History" }).click();
        await page.locator(".menu").waitFor();
        await check("the history");
        await page.keyboard.press("Escape");
        await page.getByRole("checkbox", { name: "Live" }).check();
        await page.locator(".status", { hasText: "The table is watched" }).waitFor();
        await check("a live table");
        await page.getByRole("checkbox", { name: "Live" }).uncheck();
        await page.locator("#query").fill("");
        await page.locator("#query").pressSequentially("count sex from survey per");
        await page.getByRole("option", { name: "percent" }).waitFor();
        await check("completions");
        await page.keyboard.press("ArrowDown");
        await check("a completion that is chosen");
        await page.keyboard.press("Escape");
        await ask(page, "count sex form survey");
        await page.locator(".query-line .error", { hasText: "SYNTAX" }).waitFor();
        await check("an error");
        await ask(page, "count sexx from survey");
        await answered(page);
        await page.locator(".warnings").waitFor();
        await check("a warning");
        await ask(page, "count sex, region, smokes, satisfied from survey test chi2");
        await answered(page);
        await page.locator(".tests").waitFor();
        await check("layers and tests");
    }
});

test("narrow: 360 pixels", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator(".dataset").first().waitFor();
    await assertFits();
    await buildTable();
    await page.selectOption("#heat", "row");
    await assertFits();
    assert.deepEqual(await violations(page), []);
    await page.locator('li[data-field="sex"] .more').click();
    const menu = await page.locator(".menu").boundingBox();
    assert.ok(menu.x >= 0 && menu.x + menu.width <= 360);
    await page.keyboard.press("Escape");
    await page.locator(".crosstab").evaluate((element) => element.closest("section").scrollIntoView());
    await picture("page-narrow");
});

test("the switch of light and dark is kept", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.getByRole("button", { name: "Light / dark" }).click();
    assert.notEqual(await ground(), light);
    await page.reload();
    assert.notEqual(await ground(), light);
    await page.evaluate(() => localStorage.clear());
});

/** The colours of the page's parts, as they are drawn. */
const coloursOf = (names) => page.evaluate((all) => all.map((name) => {
    const style = getComputedStyle(document.querySelector(name));
    return [name, style.color, style.backgroundColor, style.borderTopColor, style.fill];
}), names);

test("the switch has the colours of the system's choice", async () => {
    await buildTable();
    const parts = ["html", ".top button", ".primary", ".chip", "td.total", ".t-keyword", "rect.c0", "rect.c1"];
    for (const [scheme, other] of [["dark", "light"], ["light", "dark"]]) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        const bySystem = await coloursOf(parts);
        await page.emulateMedia({ colorScheme: other, reducedMotion: "reduce" });
        assert.notDeepEqual(await coloursOf(parts), bySystem);
        await page.evaluate((wanted) => (document.documentElement.dataset.theme = wanted), scheme);
        assert.deepEqual(await coloursOf(parts), bySystem, scheme);
        await page.evaluate(() => delete document.documentElement.dataset.theme);
    }
});

test("a page that is kept dark is dark from the first moment it is seen", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    await page.evaluate(() => localStorage.setItem("quipu-theme", "dark"));
    const second = await browser.context.newPage();
    await second.emulateMedia({ colorScheme: "light" });
    await second.addInitScript(() => {
        const frame = () => {
            const ground = document.body && getComputedStyle(document.documentElement).backgroundColor;
            window.grounds = ground ? [...(window.grounds ?? []), ground] : window.grounds;
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    });
    // The script comes late: a page that did not wait for it would be seen before.
    await second.route("**/theme.js", async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await route.continue();
    });
    await second.goto(server.url);
    await second.locator(".dataset").first().waitFor();
    const grounds = await second.evaluate(() => [...new Set(window.grounds)]);
    await second.evaluate(() => localStorage.clear());
    await second.close();
    assert.deepEqual(grounds, ["rgb(17, 22, 28)"]);
});

test("on paper a dark page is light", async () => {
    await buildTable();
    await page.emulateMedia({ colorScheme: "dark", media: "print" });
    for (const theme of [null, "dark"]) {
        await page.evaluate((kept) => kept && (document.documentElement.dataset.theme = kept), theme);
        const [[, ink]] = await coloursOf([".crosstab tbody td"]);
        assert.ok(contrast(ink, "#ffffff") > 10, `${ink}, ${theme}`);
    }
    await page.emulateMedia({ media: "screen" });
});

test("the query's words have the colours of what they are, light and dark", async () => {
    await chooseDataset(page, "survey");
    await ask(page, "count sex from survey where region = 'north' and age > 30");
    await answered(page);
    const words = { keyword: ["count", "from", "where", "and"], text: ["'north'"], number: ["30"], word: ["sex", "survey", "region", "age"] };
    for (const [kind, texts] of Object.entries(words)) {
        assert.deepEqual(await page.locator(`.colours .t-${kind}`).allTextContents(), texts, kind);
    }
    for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        const colours = await coloursOf(Object.keys(words).map((kind) => `.colours .t-${kind}`));
        assert.equal(new Set(colours.map(([, colour]) => colour)).size, 4, colorScheme);
        const [[, , ground]] = await coloursOf([".editor"]);
        for (const [name, colour] of colours) {
            assert.ok(contrast(colour, ground) >= 4.5, `${name}, ${colorScheme}`);
        }
    }
});

test("a chart of dates: lines with gaps, and what is hidden is dashed", async () => {
    const text = "count smokes, answered by week from survey suppress below 8";
    const answer = await server.answer(text);
    const cells = answer.cells.flat().length;
    assert.ok(answer.hidden.length > 0 && answer.hidden.length < cells);
    await ask(page, text);
    await answered(page, text);
    const chart = page.locator(".chart.lines");
    await chart.waitFor();
    assert.equal(await chart.locator("circle").count(), cells - answer.hidden.length);
    assert.equal(await chart.locator("rect.untold").count(), answer.hidden.length);
    const style = await chart.locator("rect.untold").first().evaluate((element) => [getComputedStyle(element).fill, getComputedStyle(element).strokeDasharray]);
    assert.equal(style[0], "none");
    assert.notEqual(style[1], "none");
    assert.match(await chart.locator("rect.untold title").first().textContent(), /^2026-W\d\d, (no|yes): hidden$/);
    assert.match(await chart.locator("figcaption").innerText(), /Dashed: hidden\./);
    await page.selectOption("#chart", "stacked");
    assert.ok((await page.locator(".chart.stacked rect.untold").count()) > 0);
});

test("on paper: the query and the whole table, without what one clicks", async () => {
    await chooseDataset(page, "survey");
    await ask(page, "count age, sex from survey totals");
    await answered(page);
    const rows = () => page.locator(".crosstab tbody tr:not(.gap)").count();
    const drawn = await rows();
    await page.emulateMedia({ media: "print" });
    await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
    const answer = await server.answer("count age, sex from survey totals");
    assert.equal(await rows(), answer.cells.length);
    assert.ok(drawn < answer.cells.length);
    for (const [selector, isSeen] of [[".side", false], [".toolbar", false], [".shelves", false], ["#query", true], [".crosstab", true], [".facts", true]]) {
        assert.equal(await page.locator(selector).first().isVisible(), isSeen, selector);
    }
    await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
    await page.emulateMedia({ media: "screen" });
    await page.waitForFunction((count) => document.querySelectorAll(".crosstab tbody tr:not(.gap)").length === count, drawn);
});

test("nothing moves for those who want no motion", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await page.locator(".dataset").first().waitFor();
    assert.equal(await page.locator(".dataset").first().evaluate((element) => getComputedStyle(element).transitionDuration), "0s");
});

test("pictures for the documents", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    await buildTable();
    await page.selectOption("#share", "row");
    await answered(page);
    await page.selectOption("#heat", "row");
    await page.locator(".bar .part").nth(20).waitFor({ state: "attached" });
    await page.setViewportSize({ width: 1280, height: 760 });
    await picture("page");
    await page.emulateMedia({ colorScheme: "dark" });
    await ask(page, "avg(income), count by sex, answered by month from survey where age >= 30 totals");
    await answered(page);
    await page.selectOption("#heat", "none");
    await page.setViewportSize({ width: 1280, height: 900 });
    await picture("page-dark");
    await page.emulateMedia({ colorScheme: "light" });
    await ask(page, "count region, sex from survey totals");
    await answered(page);
    await page.selectOption("#compare", "may");
    await page.locator(".crosstab").nth(2).waitFor();
    await page.setViewportSize({ width: 1280, height: 1180 });
    await picture("page-compare");
});
