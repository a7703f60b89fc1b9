// Elements and texts of the page. Every text goes in by textContent: what a label says is never markup.

// Controls have symbols in Unicode. Marks that turn the direction of text are shown by their numbers, since an invisible
// one could make a label look like another.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/g;

function symbolOf(mark) {
    const code = mark.codePointAt(0);
    if (code < 0x20) {
        return String.fromCodePoint(0x2400 + code);
    }
    return code === 0x7f ? "\u2421" : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
}

/** A text as it may be shown: what is invisible in it is visible. */
export function visible(text) {
    return String(text).replace(HIDDEN, symbolOf);
}

function append(element, child) {
    if (child === null || child === undefined || child === false) {
        return;
    }
    if (Array.isArray(child)) {
        child.forEach((one) => append(element, one));
    } else {
        element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
}

function apply(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) {
            element.addEventListener(name.slice(2), value);
        } else if (value === true) {
            element.setAttribute(name, "");
        } else if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(name, String(value));
        }
    }
}

/** el("button", {class: "chip", onclick: f}, "text", otherElement): an element. null and false children are left out. */
export function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    apply(element, attributes);
    append(element, children);
    return element;
}

/** The same of SVG. */
export function svg(tag, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    apply(element, attributes);
    append(element, children);
    return element;
}

/** Somebody else's text, apart from the direction of what stands around it. */
export function label(text, attributes = {}) {
    if (text === "") {
        return el("bdi", { ...attributes, class: `${attributes.class ?? ""} quiet` }, "(empty)");
    }
    return el("bdi", attributes, visible(text));
}

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const formats = new Map();

/** A number as cells show it: 12,345 or 3.14. decimals: how many, for numbers that stand under each other. */
export function number(value, decimals = null) {
    if (decimals === 0 || (decimals === null && Number.isInteger(value))) {
        return whole.format(value);
    }
    if (!formats.has(decimals)) {
        formats.set(decimals, new Intl.NumberFormat("en-US", { minimumFractionDigits: decimals ?? 0, maximumFractionDigits: decimals ?? 4 }));
    }
    return formats.get(decimals).format(value);
}

export function percent(value) {
    return `${value.toFixed(1)}%`;
}

/** The bytes of a text before an offset in it, and back: the server counts bytes of UTF-8. */
export function bytesBefore(text, offset) {
    return new TextEncoder().encode(text.slice(0, offset)).length;
}

export function offsetOfByte(text, byte) {
    const bytes = new TextEncoder().encode(text);
    return new TextDecoder().decode(bytes.slice(0, Math.max(0, byte))).length;
}
