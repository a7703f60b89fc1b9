// Who sees what: logging in and out, a user whose small counts are hidden, what a user may not see; and a count that takes
// long, and is waited for or cancelled.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { answered, ask, assertNothingWrong, chooseDataset, clickField, tableOf, violations } from "./browser.mjs";
import { browser, page, server, setUp } from "./setup.mjs";

// Before the page is opened.
beforeEach(() => browser.context.clearCookies());

setUp(async (server) => {
    await server.load("people", Array.from({ length: 200 }, (_, i) => ({ sex: i % 2 ? "male" : "female", city: i < 3 ? "Ulm" : i % 3 ? "Bonn" : "Kiel", age: i % 60 })));
    await server.load("secret", [{ a: 1 }]);
    await server.call("ACL", "SETUSER", "floored", "on", ">sesame", "+@all", "~*", "alldatasets", "suppress-below:5");
    await server.call("ACL", "SETUSER", "narrow", "on", ">sesame", "+@all", "~*", "dataset:people");
    await server.call("ACL", "SETUSER", "default", "off");
});

async function login(user, password) {
    await page.getByLabel("User").fill(user);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
}

test("logging in and out", async () => {
    await page.getByLabel("Password").waitFor();
    assert.deepEqual(await violations(page), []);
    await login("floored", "wrong");
    await page.locator(".login .error", { hasText: /invalid/ }).waitFor();
    assert.equal(await page.locator(".dataset").count(), 0);
    await login("floored", "sesame");
    await page.locator(".dataset").first().waitFor();
    assert.match(await page.locator(".who").innerText(), /floored/);
    const cookie = (await browser.context.cookies())[0];
    assert.deepEqual([cookie.httpOnly, cookie.sameSite], [true, "Strict"]);
    // The session is the browser's: another tab is in too.
    const other = await browser.open(server.url);
    await other.locator(".dataset").first().waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Password").waitFor();
    // Where the session has ended, the next question leads to the form.
    await other.locator(".dataset", { hasText: "people" }).click();
    await other.getByLabel("Password").waitFor();
    assertNothingWrong(other);
    await other.close();
});

test("a link waits for the login", async () => {
    await page.goto(`${server.url}#q=count+sex+from+people`);
    await page.reload();
    await page.getByLabel("Password").waitFor();
    await login("narrow", "sesame");
    await answered(page, "count sex from people");
});

test("a user sees only the datasets that are allowed", async () => {
    await login("narrow", "sesame");
    await page.locator(".dataset").first().waitFor();
    assert.deepEqual(await page.locator(".dataset").allInnerTexts(), ["people"]);
    await ask(page, "count a from secret");
    await page.locator(".query-line .error", { hasText: "NOPERM" }).waitFor();
});

test("hidden cells are marked, and the shelves ask for nothing that a floor refuses", async () => {
    await login("floored", "sesame");
    await chooseDataset(page, "people");
    await page.locator(".field-kind", { hasText: /\d or more values/ }).first().waitFor();
    await clickField(page, "city");
    await clickField(page, "sex");
    await answered(page);
    await ask(page, "count city in {Bonn, Kiel, Ulm}, sex in {female, male} from people totals");
    await answered(page);
    const { rows } = await tableOf(page);
    const ulm = rows.find((row) => row[0] === "Ulm");
    assert.ok(ulm.includes("hidden"), JSON.stringify(ulm));
    assert.ok((await page.locator("td.hidden-cell").count()) >= 2);
    assert.match(await page.locator(".facts").innerText(), /hidden\s*\d+ cells/);
    assert.deepEqual(await violations(page), []);
    for (const name of ["age", "city", "sex"]) {
        await chooseDataset(page, "people");
        await clickField(page, name);
        await answered(page);
    }
    // Rows are refused, in the server's words.
    await page.locator("td[data-row='0']").first().click();
    await page.getByRole("menuitem", { name: "Rows behind this cell" }).click();
    await page.locator("dialog .error").waitFor();
    await page.keyboard.press("Escape");
});

test("a count that takes long says how far it is", async () => {
    await login("narrow", "sesame");
    await chooseDataset(page, "people");
    server.pauseShards();
    try {
        await clickField(page, "sex");
        const bar = page.locator(".progress:not([hidden]) progress");
        await page.locator(".progress", { hasText: "0 of 2 parts" }).waitFor();
        assert.equal(await bar.evaluate((element) => element.value), 0);
        server.resumeShards(1);
        await page.locator(".progress", { hasText: "1 of 2 parts" }).waitFor();
        assert.equal(await bar.evaluate((element) => element.value), 0.5);
        assert.match(await page.locator(".progress").innerText(), /· \d+\.\d s ·/);
        assert.deepEqual(await violations(page), []);
    } finally {
        server.resumeShards();
    }
    await answered(page, "count sex from people totals");
    assert.ok(await page.locator(".progress").isHidden());
});

test("a count that takes long says so, and is cancelled", async () => {
    await login("narrow", "sesame");
    await chooseDataset(page, "people");
    await clickField(page, "sex");
    await answered(page);
    const running = async (id) => page.evaluate(async (body) => (await (await fetch("api/progress", { method: "POST", headers: { "Content-Type": "application/json" }, body })).json()).running, JSON.stringify({ id }));
    server.pauseShards();
    try {
        const asked = page.waitForRequest((request) => request.url().endsWith("/api/query"));
        await clickField(page, "city");
        const { id } = (await asked).postDataJSON();
        await page.locator(".progress:not([hidden]) progress").waitFor();
        assert.equal(await running(id), true);
        await page.getByRole("button", { name: "Cancel" }).click();
        await page.locator(".status", { hasText: "Cancelled" }).waitFor();
        await page.locator(".progress[hidden]").waitFor({ state: "attached" });
        assert.equal(await page.locator(".answer.stale").count(), 1);
        // On the server too, though its shards still stand still.
        while (await running(id)) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
    } finally {
        server.resumeShards();
    }
    await page.getByRole("button", { name: "Run" }).click();
    await answered(page, "count sex, city from people totals");
});
