// Elements as far as server/http/page/dom.js makes them, so that what a module draws can be looked at without a browser.
//
//     const figure = drawn(() => chart(grid, "bars", "title"));
//     figure.all("rect", "c0").map((rect) => rect.attributes.width)

class Element {
    constructor(tag, text = null) {
        Object.assign(this, { tag, attributes: {}, children: [], ownText: text });
    }

    setAttribute(name, value) {
        this.attributes[name] = value;
    }

    addEventListener() {}

    append(child) {
        this.children.push(child);
    }

    get text() {
        return this.ownText ?? this.children.map((child) => child.text).join("");
    }

    /** The elements of a tag in it, in order; with a word: those that have it in their class. */
    all(tag, word = null) {
        const found = this.children.flatMap((child) => child.all(tag, word));
        const isOne = this.tag === tag && (word === null || (this.attributes.class ?? "").split(" ").includes(word));
        return isOne ? [this, ...found] : found;
    }
}

const DOCUMENT = {
    createElement: (tag) => new Element(tag),
    createElementNS: (_, tag) => new Element(tag),
    createTextNode: (text) => new Element("#text", text),
};

/** What work makes where these are the document. */
export function drawn(work) {
    Object.assign(globalThis, { document: DOCUMENT, Node: Element });
    try {
        return work();
    } finally {
        delete globalThis.document;
        delete globalThis.Node;
    }
}
