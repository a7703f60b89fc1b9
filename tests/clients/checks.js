// What each client's program counts as checked. The first that does not hold ends the program.
'use strict';
const assert = require('assert');
const { isDeepStrictEqual } = require('util');

let n = 0;

function passed() {
    n++;
}

function expect(wanted, got, what) {
    passed();
    assert.deepStrictEqual(got, wanted, what);
}

// What comes about while others work: asked again until it holds. It fails with what was there in the end.
async function eventually(wanted, ask, what) {
    const until = Date.now() + 60000;
    let got = await ask();
    while (!isDeepStrictEqual(got, wanted) && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        got = await ask();
    }
    expect(wanted, got, what);
}

module.exports = { count: () => n, eventually, expect, passed };
