// A table that is asked again when its dataset has changed: one long poll at a time, and the newest answer is shown.

import * as api from "./api.js";

const RETRY_MS = 2000;

export class Live {
    /** onAnswer(text, {took_ms, reply}), onError(error) when the query itself is refused. */
    constructor(onAnswer, onError) {
        this.onAnswer = onAnswer;
        this.onError = onError;
        this.controller = null;
    }

    get isOn() {
        return this.controller !== null;
    }

    stop() {
        this.controller?.abort();
        this.controller = null;
    }

    /** Watches a query until another is watched or stop() is called. */
    async start(text) {
        this.stop();
        const controller = new AbortController();
        this.controller = controller;
        let after = null;
        while (this.controller === controller) {
            try {
                const answer = await api.watch(text, after, controller.signal);
                if (this.controller === controller) {
                    after = answer.version ?? after;
                    if (answer.reply !== undefined) {
                        this.onAnswer(text, answer);
                    }
                }
            } catch (error) {
                if (this.controller !== controller || error.name === "AbortError") {
                    return;
                }
                if (error.status >= 400 && error.status < 500 && error.status !== 429) {
                    this.stop();
                    this.onError(error);
                    return;
                }
                await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
            }
        }
    }
}
