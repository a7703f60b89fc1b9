// Who one is, and the form to log in with.

import * as api from "./api.js";
import { el, visible } from "./dom.js";

/** The form as an element; done(session) when one is in. */
export function loginForm(done) {
    const user = el("input", { id: "login-user", autocomplete: "username", value: "default", required: true });
    const password = el("input", { id: "login-password", type: "password", autocomplete: "current-password" });
    const problem = el("p", { class: "error", role: "alert" });
    const form = el("form", { class: "login", "aria-labelledby": "login-title" }, el("h1", { id: "login-title" }, "Quipu"), el("p", { class: "quiet" }, "Log in with your user of the server."),
        el("label", { for: "login-user" }, "User"), user, el("label", { for: "login-password" }, "Password"), password, problem, el("button", { type: "submit", class: "primary" }, "Log in"));
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        problem.textContent = "";
        try {
            done(await api.login(user.value, password.value));
        } catch (error) {
            problem.textContent = visible(error.message);
            password.value = "";
            password.focus();
        }
    });
    return form;
}
