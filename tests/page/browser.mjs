// A Chromium for the page's tests: Debian's, driven by playwright-core, with a new profile each time. What scripts goes
// wrong on the page fails the test that opened it.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { ROOT } from "./server.mjs";

const MODULES = process.env.QUIPU_PAGE_MODULES ?? path.join(ROOT, "build/page-tests");
const require = createRequire(path.join(MODULES, "from-here.js"));
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
// A busy machine takes its time.
const TIMEOUT_MS = 60000;

export const AXE = require.resolve("axe-core/axe.min.js");

export class Browser {
    static async start(options = {}) {
        const { chromium } = require("playwright-core");
        const browser = new Browser();
        browser.dir = fs.mkdtempSync(path.join(os.tmpdir(), "quipu-chromium-"));
        browser.context = await chromium.launchPersistentContext(browser.dir, {
            executablePath: "/usr/bin/chromium", headless: true, args: FLAGS, viewport: { width: 1280, height: 800 }, acceptDownloads: true, ...options,
        });
        browser.context.setDefaultTimeout(TIMEOUT_MS);
        return browser;
    }

    /** A tab at an address. page.wrong is what went wrong in its scripts. */
    async open(url) {
        const page = await this.context.newPage();
        page.wrong = [];
        page.on("pageerror", (error) => page.wrong.push(error.stack));
        page.on("console", (message) => {
            if (message.type() === "error" && /Content.Security.Policy|Refused to/.test(message.text())) {
                page.wrong.push(message.text());
            }
        });
        page.on("dialog", (dialog) => {
            page.wrong.push(`a dialog: ${dialog.message()}`);
            dialog.dismiss();
        });
        await page.goto(url);
        return page;
    }

    async close() {
        await this.context.close();
        fs.rmSync(this.dir, { recursive: true, force: true });
    }
}

/** Until the answer of the query on the page is on it: no count runs, and the address is that of the text. */
export async function answered(page, text) {
    await page.waitForFunction((wanted) => {
        const shown = document.getElementById("query")?.value;
        const asked = new URLSearchParams(location.hash.slice(1)).get("q");
        return (wanted === undefined || shown === wanted) && asked === shown && document.querySelector(".answer:not(.stale) .facts") !== null;
    }, text);
}

export async function chooseDataset(page, name) {
    await page.locator(".dataset", { hasText: name }).first().click();
    await answered(page);
    await page.locator(".field").first().waitFor();
}

export const clickField = (page, name) => page.locator(`li[data-field="${name}"] > .field`).click();

export async function ask(page, text) {
    await page.fill("#query", text);
    await page.press("#query", "Enter");
}

/** The first crosstab in text: its heads' last line, and its rows as arrays of cells. */
export function tableOf(page, at = 0) {
    return page.locator(".crosstab table").nth(at).evaluate((table) => ({
        heads: [...table.tHead.rows].at(-1).innerText.split("\t").map((text) => text.trim()),
        rows: [...table.tBodies[0].rows].filter((row) => !row.classList.contains("gap")).map((row) => [...row.cells].map((cell) => cell.textContent)),
    }));
}

/** The text of the file that a click downloads. */
export async function downloadedBy(page, click) {
    const [download] = await Promise.all([page.waitForEvent("download"), click()]);
    return fs.readFileSync(await download.path(), "utf8");
}

export function assertNothingWrong(page) {
    assert.deepEqual(page.wrong, []);
}

/** Violations of axe-core's rules, in short. */
export async function violations(page) {
    if (!(await page.evaluate(() => "axe" in window))) {
        // As a debugger does it: the page's own policy lets nothing foreign in.
        const session = await page.context().newCDPSession(page);
        await session.send("Runtime.evaluate", { expression: fs.readFileSync(AXE, "utf8") });
        await session.detach();
    }
    const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`).join("; ")}`);
}
