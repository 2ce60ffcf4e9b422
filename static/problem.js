/* Problems without reloading: the forms of the page are sent by fetch and replaced by what comes back.
 * Without this script the same forms post as they are (capa §12, §13). Plain script, no dependencies. */
(() => {
  "use strict";

  const t = (text) => (window.gettext ? window.gettext(text) : text);
  const DISPATCHES = {
    submit: "problem_check",
    save: "problem_save",
    reset: "problem_reset",
    show: "problem_show",
    "hint-button": "hint_button",
  };

  /* What a button asks for: said by data-dispatch, by the end of the URL it posts to, or by its class. */
  function dispatchOf(button, form) {
    if (button && button.dataset.dispatch) return button.dataset.dispatch;
    const action = (button && button.getAttribute("formaction")) || form.getAttribute("action") || "";
    const last = action.split(/[?#]/)[0].split("/").filter(Boolean).pop();
    if (Object.values(DISPATCHES).includes(last)) return last;
    const named = button && Object.keys(DISPATCHES).find((name) => button.classList.contains(name));
    return DISPATCHES[named || "submit"];
  }

  /* What the grader says is HTML: it quotes the answer with entities. */
  const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent;

  const shown = (element, yes) => {
    element.classList.toggle("is-hidden", !yes);
    element.hidden = !yes;
  };

  class ProblemView {
    constructor(element) {
      this.wrapper = element.querySelector(".problems-wrapper");
      if (!this.wrapper) return;
      this.url = this.wrapper.dataset.url.replace(/\/$/, "");
      this.live = document.createElement("div");
      this.live.className = "sr";
      this.live.setAttribute("aria-live", "polite");
      this.wrapper.after(this.live);
      this.wrapper.addEventListener("submit", (event) => this.onSubmit(event));
      this.wrapper.addEventListener("click", (event) => this.onClick(event));
      if (!this.wrapper.querySelector(".problem")) this.load();
    }

    find(selector) {
      return this.wrapper.querySelector(selector);
    }

    async load() {
      if (this.wrapper.dataset.content) return this.replace(this.wrapper.dataset.content);
      const answer = await this.send("problem_get", new URLSearchParams());
      if (answer) this.replace(answer.html);
    }

    onSubmit(event) {
      const form = event.target;
      event.preventDefault();
      this.act(dispatchOf(event.submitter, form), event.submitter);
    }

    /* Buttons that submit no form, and those that lead back to the question. */
    onClick(event) {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.classList.contains("review-btn")) {
        const header = this.find(".problem-header") || this.find(".problem");
        header.tabIndex = -1;
        header.focus();
      } else if (button.dataset.dispatch && (button.type !== "submit" || !button.form)) {
        this.act(button.dataset.dispatch, button);
      }
    }

    async act(dispatch, button) {
      if (this.busy) return;
      this.hideNotifications();
      if (dispatch === "problem_check" && !this.answered()) {
        return this.alert(t("Choose or enter an answer before you submit."));
      }
      const body = this.answers();
      const hint = this.find(".problem-hint");
      if (dispatch === "hint_button") body.set("hint_index", (hint && hint.getAttribute("hint_index")) || "0");
      this.setBusy(true, dispatch, button);
      const answer = await this.send(dispatch, body);
      this.setBusy(false, dispatch, button);
      if (!answer) return;
      if (dispatch === "problem_show") return this.showAnswers(answer, button);
      if (dispatch === "hint_button") return this.showHint(answer, button);
      const html = answer.contents || answer.html;
      if (html) {
        this.replace(html);
        this.updateScore(answer);
        return this.focusResult();
      }
      this.alert(plain(answer.msg || (typeof answer.success === "string" ? answer.success : t("That did not work."))));
    }

    async send(dispatch, body) {
      try {
        const response = await fetch(`${this.url}/${dispatch}`, {
          method: "POST",
          headers: { Accept: "application/json" },
          body,
        });
        const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : null;
        if (response.ok && answer) return answer;
        this.alert((answer && (answer.success || answer.detail)) || t("We could not process that. Reload the page and try again."));
      } catch {
        this.alert(t("We could not reach the server. Check your connection and try again."));
      }
      return null;
    }

    /* The answers as the form would send them; as form data only if there are files. */
    answers() {
      const data = new FormData();
      let files = false;
      this.wrapper.querySelectorAll("[name^='input_']").forEach((input) => {
        if (input.disabled || (/^(radio|checkbox)$/.test(input.type) && !input.checked)) return;
        if (input.type === "file") {
          files = true;
          [...input.files].forEach((file) => data.append(input.name, file));
        } else if (input.type === "select-multiple") {
          [...input.selectedOptions].forEach((option) => data.append(input.name, option.value));
        } else {
          data.append(input.name, input.value);
        }
      });
      return files ? data : new URLSearchParams(data);
    }

    /* Every group has a choice, every list is chosen from, and some text is entered if there is any to enter. */
    answered() {
      const all = (selector) => [...this.wrapper.querySelectorAll(selector)];
      const groups = all(".choicegroup").filter((group) => group.querySelector("input[name^='input_']"));
      const texts = all("input[type=text][name^='input_'], textarea[name^='input_']").filter((text) => text.offsetParent);
      return (
        groups.every((group) => group.querySelector("input:checked")) &&
        all("select[name^='input_']").every((select) => !select.value.endsWith("_dummy_default")) &&
        (!texts.length || texts.some((text) => text.value.trim()))
      );
    }

    setBusy(busy, dispatch, button) {
      this.busy = busy;
      this.wrapper.setAttribute("aria-busy", String(busy));
      const label = button && dispatch === "problem_check" && button.querySelector(".submit-label");
      if (label && button.dataset.submitting) label.textContent = busy ? button.dataset.submitting : button.dataset.value;
      if (button) button.setAttribute("aria-disabled", String(busy));
    }

    /* The new content either brings its form or goes into the one that is there. */
    replace(html) {
      const fresh = document.createElement("template");
      fresh.innerHTML = html;
      const form = this.find("form");
      const target = form && !fresh.content.querySelector("form") ? form : this.wrapper;
      target.replaceChildren(fresh.content);
    }

    updateScore(answer) {
      const data = this.wrapper.dataset;
      if (answer.current_score !== undefined) data.problemScore = answer.current_score ?? "";
      if (answer.attempts_used !== undefined) data.attemptsUsed = answer.attempts_used;
      if (answer.progress_changed) this.wrapper.dispatchEvent(new CustomEvent("progressChanged", { bubbles: true, detail: answer }));
    }

    focusResult() {
      const note = [...this.wrapper.querySelectorAll(".notification")].find((n) => !n.classList.contains("is-hidden") && !n.hidden);
      const target = note || this.find(".problem-header") || this.find(".problem");
      if (!target) return;
      target.tabIndex = -1;
      target.focus();
      this.say(target.textContent);
    }

    hideNotifications() {
      this.wrapper.querySelectorAll(".notification:not(.problem-hint .notification)").forEach((note) => shown(note, false));
    }

    notify(name, message) {
      let note = this.find(`.notification-${name}`);
      if (!note) {
        note = document.createElement("div");
        note.className = `notification warning notification-${name}`;
        const text = document.createElement("span");
        text.className = "notification-message";
        note.append(text);
        (this.find(".action") || this.wrapper).append(note);
      }
      const text = note.querySelector(".notification-message");
      if (message && text) text.textContent = message;
      shown(note, true);
      note.tabIndex = -1;
      note.focus();
      this.say(note.textContent);
    }

    alert(message) {
      this.notify("gentle-alert", message);
    }

    say(text) {
      this.live.textContent = text.replace(/\s+/g, " ").trim();
    }

    showAnswers(answer, button) {
      for (const [id, value] of Object.entries(answer.answers || {})) {
        if (Array.isArray(value)) {
          value.forEach((name) => {
            const input = document.getElementById(`input_${id}_${name}`);
            const label = input && this.find(`label[for="${CSS.escape(input.id)}"]`);
            if (label && !label.querySelector(".answer-status")) {
              label.insertAdjacentHTML("beforeend", `<span class="answer-status">${answer.correct_status_html || ""}</span>`);
              label.classList.add("is-answer");
            }
          });
        } else if (typeof value === "string") {
          [`answer_${id}`, `solution_${id}`, id].map((i) => document.getElementById(i)).filter((e) => this.wrapper.contains(e)).forEach((place) => {
            place.innerHTML = value;
          });
        }
      }
      if (button) button.disabled = true;
      this.notify("show-answer", t("Answers are displayed within the problem."));
    }

    showHint(answer, button) {
      const hint = this.find(".problem-hint");
      if (!hint || !answer.success) return this.alert(answer.msg || t("There is no hint."));
      const note = hint.querySelector(".notification") || hint;
      const message = note.querySelector(".notification-message") || note;
      message.innerHTML = answer.msg;
      shown(note, true);
      shown(hint, true);
      hint.setAttribute("hint_index", String(answer.hint_index + 1));
      if (button) button.disabled = !answer.should_enable_next_hint;
      const last = message.querySelector("li:last-child") || message;
      last.tabIndex = -1;
      last.focus();
      this.say(last.textContent);
    }
  }

  window.Problem = function Problem(runtime, element) {
    this.view = new ProblemView(element.jquery ? element[0] : element);
  };
})();
