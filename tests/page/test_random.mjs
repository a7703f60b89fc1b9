// Random clicks, and rows that are written meanwhile: each count on the page equals that of the same query by RESP.
//
//     QUIPU_SEED=7 QUIPU_ROUNDS=500 node --test tests/page/test_random.mjs

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answered, assertNothingWrong, Browser, chooseDataset, clickField } from "./browser.mjs";
import { randomOf, Server } from "./server.mjs";

const SEED = process.env.QUIPU_SEED ?? String(Math.floor(Math.random() * 1e9));
const ROUNDS = Number(process.env.QUIPU_ROUNDS ?? 40);
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

function row() {
    return Object.entries(VALUES).filter(() => random() < 0.9).flatMap(([field, values]) => [field, pick(values)]);
}

let server;
let browser;

before(async () => {
    console.log(`# QUIPU_SEED=${SEED}`);
    server = await Server.start();
    await server.load("people", [{ sex: "female", city: "Bonn", "odd name": "1", age: "1", day: "2024-01-01", w: "1" }]);
    for (let i = 1; i < 400; i++) {
        await server.call("HSET", `people_${i}`, "sex", "male", ...row());
    }
    browser = await Browser.start();
});

after(async () => {
    await browser?.close();
    await server?.stop();
});

const FIELDS = Object.keys(VALUES);

async function shelfStep(page) {
    const field = pick(FIELDS);
    const item = page.locator(`li[data-field="${field}"] > .field`);
    if (random() < 0.4) {
        return item.click();
    }
    await item.focus();
    return page.keyboard.press(pick(["r", "c", "l", "m"]));
}

async function filterStep(page) {
    await page.locator(`li[data-field="${pick(["sex", "city", "odd name"])}"] > .field`).focus();
    await page.keyboard.press("f");
    const boxes = page.locator("dialog .value input");
    await boxes.first().waitFor();
    await boxes.nth(Math.floor(random() * (await boxes.count()))).check();
    await page.getByRole("button", { name: "Keep only these" }).click();
}

async function chipStep(page) {
    const chips = page.locator(".shelves .chip");
    const chip = chips.nth(Math.floor(random() * (await chips.count())));
    await chip.click();
    const items = page.locator(".menu [role=menuitem]:not([aria-disabled])");
    const texts = await items.allTextContents();
    const choices = texts.map((text, at) => [text, at]).filter(([text]) => text !== "Filter…");
    await items.nth(pick(choices)[1]).click();
}

async function cellStep(page) {
    const cells = page.locator("td[data-row]");
    const count = await cells.count();
    if (count === 0) {
        return;
    }
    await cells.nth(Math.floor(random() * Math.min(count, 30))).click({ force: true });
    const keep = page.getByRole("menuitem", { name: "Keep only this" });
    if ((await keep.getAttribute("aria-disabled")) === null && random() < 0.7) {
        await keep.click();
    } else {
        await page.keyboard.press("Escape");
    }
}

async function barStep(page) {
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

/** What one sees on the page, and what RESP answers, as lists of texts. */
async function compare(page, round) {
    const text = await page.inputValue("#query");
    const answer = await server.answer(text);
    const note = `QUIPU_SEED=${SEED}, round ${round}: ${text}`;
    if (answer.dims.length === 0) {
        const shown = await page.locator(".figure").allTextContents();
        assert.deepEqual(shown.map((value) => value.replaceAll(",", "")), [answer.cells].flat().map((value) => (Number.isInteger(value) ? String(value) : shown[0].replaceAll(",", ""))), note);
        return 1;
    }
    const found = await page.evaluate(() => [...document.querySelectorAll("td[data-row]")].map((cell) => {
        const row = cell.parentElement;
        const shelf = (name) => document.querySelectorAll(`.shelf.${name} .chip`).length;
        return { row: Number(cell.dataset.row), column: Number(cell.dataset.column), text: cell.textContent, layers: shelf("layers"), columns: shelf("columns"), names: [...row.querySelectorAll("th")].map((head) => head.textContent) };
    }));
    const layer = await page.locator(".layers select").evaluateAll((selects) => selects.map((select) => Number(select.value)));
    const measures = answer.measures;
    for (const cell of found) {
        const sizes = answer.dims.map((dim) => dim.positions.length);
        const index = [...layer];
        const rowSizes = sizes.slice(cell.layers, sizes.length - cell.columns);
        const columnSizes = sizes.slice(sizes.length - cell.columns);
        const spread = (at, list) => list.reduceRight((places, size) => [at % size, ...((at = Math.floor(at / size)), places)], []);
        index.push(...spread(cell.row, rowSizes), ...(cell.columns > 0 ? spread(Math.floor(cell.column / measures.length), columnSizes) : []));
        let leaf = answer.cells;
        index.forEach((at) => (leaf = leaf[at]));
        const at = cell.column % measures.length;
        const value = measures.length > 1 ? leaf[at] : leaf;
        const shown = cell.text.replaceAll(",", "").replace("%", "");
        const near = value === null ? shown === "–" : Number.isInteger(value) && measures[at] === "count" ? Number(shown) === value : Math.abs(Number(shown) - value) <= 0.0501;
        assert.ok(near, `${note}: row ${cell.row}, column ${cell.column}: ${cell.text} is shown, ${value} was counted`);
    }
    return found.length;
}

test(`random clicks and writes, ${ROUNDS} rounds`, async () => {
    const page = await browser.open(server.url);
    await chooseDataset(page, "people");
    await clickField(page, "sex");
    await answered(page);
    let next = 400;
    let compared = 0;
    const refused = [];
    for (let round = 0; round < ROUNDS; round++) {
        const chips = await page.locator(".shelves .chip").count();
        const query = await page.inputValue("#query");
        if (chips > 6 || random() < 0.06 || (await page.locator(".query-line .error:not(:empty)").count()) > 0) {
            await chooseDataset(page, "people");
            await clickField(page, pick(FIELDS));
        } else {
            await pick([shelfStep, shelfStep, chipStep, cellStep, barStep, filterStep])(page);
        }
        for (let i = Math.floor(random() * 3); i > 0; i--) {
            await (random() < 0.7 ? server.call("HSET", `people_${next++}`, "sex", pick(VALUES.sex), ...row()) : server.call("DEL", `people_${Math.floor(random() * next)}`));
        }
        // The clicks' own answer, or the error of a query that the language refuses; then the same again, after the writes.
        const settled = () => page.waitForFunction(() => document.querySelector(".query-line .error").textContent !== "" || (document.querySelector(".answer:not(.stale) .facts") && new URLSearchParams(location.hash.slice(1)).get("q") === document.getElementById("query").value));
        await settled();
        if ((await page.locator(".query-line .error:not(:empty)").count()) > 0) {
            const text = await page.inputValue("#query");
            await assert.rejects(server.answer(text), undefined, `QUIPU_SEED=${SEED}: refused on the page alone: ${text}`);
            refused.push(`${await page.locator(".query-line .error").innerText()}: ${text}`);
            continue;
        }
        const asked = page.waitForResponse((response) => response.url().endsWith("/api/query") && response.request().postDataJSON().id !== undefined);
        await page.getByRole("button", { name: "Run" }).click();
        const response = await asked;
        const { reply } = await response.json();
        await page.waitForFunction((base) => document.querySelector(".facts")?.textContent.includes(`base${base.toLocaleString("en-US")}`), reply.base);
        compared += await compare(page, round);
        assertNothingWrong(page);
    }
    console.log(`# ${compared} cells compared; the language refused ${refused.length} queries of the shelves`);
    refused.slice(0, 5).forEach((text) => console.log(`# ${text}`));
    assert.ok(compared > ROUNDS);
    await page.close();
});
