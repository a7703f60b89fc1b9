// A menu of buttons at an element: arrow keys move, Enter chooses, Escape or a click elsewhere closes. One at a time.

import { el } from "./dom.js";

let open = null;

export function closeMenu(giveFocusBack = true) {
    if (open === null) {
        return;
    }
    const { element, opener, onOutside } = open;
    open = null;
    element.remove();
    document.removeEventListener("pointerdown", onOutside, true);
    opener.setAttribute("aria-expanded", "false");
    if (giveFocusBack && opener.isConnected) {
        opener.focus();
    }
}

function onKey(event) {
    const items = [...open.element.querySelectorAll("[role=menuitem]:not([aria-disabled])")];
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
        event.preventDefault();
        items.at(to % items.length)?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
        event.preventDefault();
        closeMenu();
    } else if (event.key.length === 1 && /\S/.test(event.key)) {
        const first = items.find((item, i) => i > at && item.textContent.toLowerCase().startsWith(event.key.toLowerCase()));
        (first ?? items.find((item) => item.textContent.toLowerCase().startsWith(event.key.toLowerCase())))?.focus();
    }
    event.stopPropagation();
}

/** Below what opened it, or above where there is more room, and never outside of the window. */
function place(element, opener) {
    const at = opener.getBoundingClientRect();
    const size = element.getBoundingClientRect();
    const wanted = at.bottom + size.height < window.innerHeight || at.top < window.innerHeight / 2 ? at.bottom + 2 : at.top - size.height - 2;
    const within = (value, most) => Math.max(8, Math.min(value, most - 8));
    element.style.left = `${within(at.left, document.documentElement.clientWidth - size.width) + window.scrollX}px`;
    element.style.top = `${within(wanted, window.innerHeight - size.height) + window.scrollY}px`;
}

/** items: {text, run} or {text, why} for what cannot be done, or null for a line between. */
export function openMenu(opener, title, items) {
    closeMenu(false);
    const element = el("div", { class: "menu", role: "menu", "aria-label": title, onkeydown: onKey });
    for (const item of items) {
        if (item === null) {
            element.append(el("div", { role: "separator", class: "line" }));
            continue;
        }
        const button = el("button", { type: "button", role: "menuitem", tabindex: "-1", "aria-disabled": item.run ? null : "true" }, item.text);
        button.addEventListener("click", () => {
            if (item.run) {
                closeMenu();
                item.run();
            }
        });
        if (item.why) {
            button.append(el("small", {}, item.why));
        }
        element.append(button);
    }
    const onOutside = (event) => {
        if (!element.contains(event.target)) {
            closeMenu(false);
        }
    };
    document.querySelector("main").append(element);
    open = { element, opener, onOutside };
    document.addEventListener("pointerdown", onOutside, true);
    opener.setAttribute("aria-expanded", "true");
    place(element, opener);
    element.querySelector("[role=menuitem]:not([aria-disabled])")?.focus();
}
