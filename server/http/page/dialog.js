// A dialog: a title, what it holds, and a button that closes it. Escape closes it too; then it leaves the document.

import { el } from "./dom.js";

let last = 0;

/** Opens a dialog, and answers it. parts are what it holds. */
export function openDialog(title, parts, { wide = false } = {}) {
    const id = `dialog-${++last}`;
    const opener = document.activeElement;
    const dialog = el("dialog", { "aria-labelledby": id, class: wide ? "wide" : null },
        el("header", {}, el("h2", { id }, title), el("button", { type: "button", class: "remove", "aria-label": "Close", onclick: () => dialog.close() }, "×")), parts);
    dialog.addEventListener("close", () => {
        dialog.remove();
        if (opener?.isConnected) {
            opener.focus();
        }
    });
    document.body.append(dialog);
    dialog.showModal();
    return dialog;
}
