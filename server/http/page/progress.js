// A count that takes long: how far it is, and a button that ends it on the server too.

import * as api from "./api.js";
import { el, number } from "./dom.js";

const SHOWN_AFTER_MS = 300;
const ASKED_EVERY_MS = 250;

export class Progress {
    constructor() {
        this.bar = el("progress", { max: "1", "aria-label": "Progress of the count" });
        this.said = el("span", { class: "quiet", role: "status" });
        this.cancel = el("button", { type: "button", onclick: () => this.controller?.abort() }, "Cancel");
        this.element = el("div", { class: "progress", hidden: true }, this.bar, this.said, this.cancel);
    }

    /** Runs work(id, signal), shown if it takes long. A call while another runs ends that one first. */
    async run(work) {
        this.controller?.abort();
        const controller = new AbortController();
        const id = crypto.getRandomValues(new Uint32Array(3)).join("-");
        this.controller = controller;
        const timer = setTimeout(() => this.follow(id, controller), SHOWN_AFTER_MS);
        try {
            return await work(id, controller.signal);
        } finally {
            clearTimeout(timer);
            if (this.controller === controller) {
                this.controller = null;
                this.element.hidden = true;
            }
        }
    }

    async follow(id, controller) {
        const since = performance.now() - SHOWN_AFTER_MS;
        this.bar.removeAttribute("value");
        this.said.textContent = "Counting…";
        this.element.hidden = false;
        while (this.controller === controller) {
            try {
                const state = await api.progress(id);
                if (this.controller === controller && state.running) {
                    this.show(state, performance.now() - since);
                }
            } catch {
                // Without figures the bar just moves.
            }
            await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY_MS));
        }
    }

    show({ state, done, of }, age) {
        if (of > 0) {
            this.bar.value = done / of;
        }
        const parts = of > 0 ? ` · ${number(done)} of ${number(of)} parts` : "";
        this.said.textContent = `${state ?? "counting"} · ${(age / 1000).toFixed(1)} s${parts}`;
    }
}
