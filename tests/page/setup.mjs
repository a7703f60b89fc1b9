// What each file of browser tests begins with: a server with its datasets, a Chromium, and for each test a page of its own,
// on which nothing may go wrong.
//
//     import { page, server, setUp } from "./setup.mjs";
//     setUp((server) => server.load("people", [{ sex: "female" }]));
//     test("...", () => page.fill("#query", "..."));

import path from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { assertNothingWrong, Browser } from "./browser.mjs";
import { ROOT, Server } from "./server.mjs";

export const SURVEY = path.join(ROOT, "docs/survey.csv");

// Imports follow these: a test sees the page of its own time.
export let server;
export let browser;
export let page;

/** load(server) fills the server before the first test. */
export function setUp(load) {
    before(async () => {
        server = await Server.start();
        await load(server);
        await server.ready();
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
}
