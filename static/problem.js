/* Problems without reloading: the form of a problem is sent by fetch and replaced by what comes back.
 * Without this script the same form posts as it is (capa §12, §13). Plain script, no dependencies.
 * What only some kinds of inputs need is in problem-inputs.js and problem-jsinput.js. */
(() => {
  "use strict";

  const t = (text) => (window.gettext ? window.gettext(text) : text);

  /* Kinds of inputs that need more than a form: {selector, start(element, problem)}. What `start` returns may have
   * `ready(dispatch)`, awaited before answers are sent; `missing()`, a field that must be filled in; `show(value)`, which
   * shows an answer under its `id`; and `stop()`. */
  const kinds = (window.ExedraInputs = window.ExedraInputs || []);

  /* What the grader says is HTML: it quotes the answer with entities. */
  const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent;
  const words = (element) => element.textContent.replace(/\s+/g, " ").trim();

  const shown = (element, yes) => {
    element.classList.toggle("is-hidden", !yes);
    element.hidden = !yes;
  };

  const focus = (element) => {
    if (!element.matches("a, button, input, select, textarea, iframe")) element.tabIndex = -1;
    element.focus();
  };

  class ProblemView {
    constructor(element) {
      this.wrapper = element.querySelector(".problems-wrapper");
      if (!this.wrapper) return;
      this.url = this.wrapper.dataset.url.replace(/\/$/, "");
      this.live = document.createElement("div");
      this.live.className = "sr";
      this.live.setAttribute("role", "status");
      this.wrapper.after(this.live);
      this.inputs = [];
      this.wrapper.addEventListener("submit", (event) => {
        event.preventDefault();
        this.act((event.submitter && event.submitter.dataset.dispatch) || "problem_check", event.submitter);
      });
      this.wrapper.addEventListener("click", (event) => this.onClick(event.target.closest("button")));
      this.wrapper.addEventListener("input", (event) => this.changed(event.target));
      this.startInputs();
    }

    find(selector) {
      return this.wrapper.querySelector(selector);
    }

    all(selector) {
      return [...this.wrapper.querySelectorAll(selector)];
    }

    startInputs() {
      this.inputs.forEach((input) => input.stop && input.stop());
      this.inputs = kinds.flatMap(({ selector, start }) => this.all(selector).map((element) => start(element, this) || {}));
    }

    /* Buttons that submit no form, and those that lead back to the question. */
    onClick(button) {
      if (!button) return;
      if (button.classList.contains("review-btn")) focus(this.find(".problem-header"));
      else if (button.type !== "submit" && button.matches(".action [data-dispatch]")) this.act(button.dataset.dispatch, button);
    }

    async act(dispatch, button) {
      if (this.busy) return;
      const sends = dispatch === "problem_check" || dispatch === "problem_save";
      this.clearNotes();
      const missing = dispatch === "problem_check" && this.unanswered();
      if (missing) return this.alert(t("Choose or enter an answer before you submit."), [missing]);
      this.setBusy(true, dispatch, button);
      let answer = null;
      try {
        if (sends) await Promise.all(this.inputs.map((input) => input.ready && input.ready(dispatch)));
        answer = await this.send(dispatch, this.body(dispatch));
      } catch (error) {
        this.alert(error.message, error.field ? [error.field] : []);
      }
      this.setBusy(false, dispatch, button);
      if (!answer) return;
      if (dispatch === "problem_show") return this.showAnswers(answer, button);
      if (dispatch === "hint_button") return this.showHint(answer, button);
      const html = answer.contents || answer.html;
      if (html) {
        this.replace(html);
        this.updateScore(answer);
        return this.tellResult(dispatch);
      }
      const said = answer.msg || (typeof answer.success === "string" ? answer.success : t("That did not work."));
      // The answer could not be read: which of several lines it was, only the learner can tell.
      this.alert(plain(said), sends ? this.texts() : []);
    }

    body(dispatch) {
      if (dispatch === "problem_check" || dispatch === "problem_save") return this.answers();
      const hint = this.find(".problem-hint");
      const asked = { hint_button: { hint_index: (hint && hint.getAttribute("hint_index")) || "0" }, problem_reset: { id: this.wrapper.dataset.problemId } };
      return new URLSearchParams(asked[dispatch]);
    }

    /* Asks the problem something; what it answers is JSON. Throws what can be said to the learner. */
    async send(dispatch, body) {
      let response, answer;
      try {
        response = await fetch(`${this.url}/${dispatch}`, { method: "POST", headers: { Accept: "application/json" }, body });
        const json = (response.headers.get("Content-Type") || "").includes("json");
        answer = json ? await response.json() : null;
      } catch {
        throw new Error(t("We could not reach the server. Check your connection and try again."));
      }
      if (response.ok && answer) return answer;
      throw new Error((answer && (answer.success || answer.detail)) || t("We could not process that. Reload the page and try again."));
    }

    /* The answers as the form would send them; as form data only if there are files. */
    answers() {
      const data = new FormData(this.find("form"));
      let files = false;
      for (const [name, value] of [...data]) {
        const file = value instanceof File;
        // Fields without a `_` in their name are an author's own.
        if (!name.includes("_") || (file && !value.name)) data.delete(name);
        else files = files || file;
      }
      return files ? data : new URLSearchParams(data);
    }

    /* The fields to write in that are the answer, not something added to a choice. */
    texts() {
      const fields = this.all("input[type=text][name^='input_'], textarea[name^='input_']");
      return fields.filter((field) => field.offsetParent && !field.closest(".choicetextgroup, .annotation-input"));
    }

    /* The first field that keeps the problem from being submitted: every group has a choice, every list is chosen
     * from, and some text is entered if there is any to enter. */
    unanswered() {
      const texts = this.texts();
      const choices = "input:is([type=radio], [type=checkbox])[name^='input_']";
      const missing = this.all("fieldset, select[name^='input_']").find((field) =>
        field.tagName === "SELECT"
          ? field.value.endsWith("_dummy_default")
          : field.querySelector(choices) && !field.querySelector(`${choices}:checked`),
      );
      if (missing) return missing.querySelector(choices) || missing;
      if (texts.length && !texts.some((text) => text.value.trim())) return texts[0];
      return this.inputs.map((input) => input.missing && input.missing()).find(Boolean);
    }

    /* A verdict is about what was submitted, not about what is being written. */
    changed(field) {
      if (!field.name) return;
      const input = field.closest(".capa_inputtype, .inputtype");
      if (!input) return;
      const verdicts = /(^| )(choicegroup_)?(correct|incorrect|partially-correct|submitted)(?= |$)/g;
      [input, ...input.querySelectorAll("label, .status, div")].forEach((element) => {
        const stale = element.className.replace(verdicts, element.matches("label") ? "" : "$1unanswered");
        if (stale === element.className) return;
        element.className = stale;
        const said = element.matches(".status") && element.querySelector(".sr");
        if (said) said.textContent = t("unanswered");
      });
    }

    setBusy(busy, dispatch, button) {
      this.busy = busy;
      this.wrapper.setAttribute("aria-busy", String(busy));
      if (!button) return;
      const label = dispatch === "problem_check" && button.querySelector(".submit-label");
      if (label) label.textContent = busy ? button.dataset.submitting : button.dataset.value;
      button.setAttribute("aria-disabled", String(busy));
    }

    /* What comes back is the content of the frame, form included; what authors are told stays. */
    replace(html) {
      const fresh = document.createElement("template");
      fresh.innerHTML = html;
      this.wrapper.replaceChildren(...this.all(".problem-author-notes"), fresh.content);
      this.startInputs();
    }

    updateScore(answer) {
      const data = this.wrapper.dataset;
      data.problemScore = answer.current_score ?? "";
      data.problemTotalPossible = answer.total_possible ?? "";
      data.attemptsUsed = answer.attempts_used ?? "";
      if (answer.progress_changed) this.wrapper.dispatchEvent(new CustomEvent("progressChanged", { bubbles: true, detail: answer }));
    }

    /* The focus goes to what sums up the result and so reads it; the status line says what that leaves out. */
    tellResult(dispatch) {
      const note = this.all(".action > .notification").find((element) => !element.hidden);
      if (dispatch !== "problem_get") focus(note || this.find(".problem-header"));
      if (dispatch === "problem_reset") return this.say(t("Your answers were cleared."));
      const verdicts = this.all(".wrapper-problem-response").flatMap((response) => {
        const said = [...response.querySelectorAll(".status:not(.None) .sr")].map(words).join(", ");
        return said ? `${response.getAttribute("aria-label")}: ${said}.` : [];
      });
      const messages = this.all(".message, .external-grader-message").map(words).filter(Boolean);
      const left = verdicts.length ? verdicts : messages;
      const graded = dispatch === "problem_check" && (!note || verdicts.length > 1);
      this.say(graded || dispatch === "problem_get" ? left.join(" ") : "");
    }

    clearNotes() {
      this.say("");
      this.all(".action > .notification").forEach((note) => shown(note, false));
      this.all("[data-alerted]").forEach((field) => {
        if (field.dataset.alerted) field.setAttribute("aria-describedby", field.dataset.alerted);
        else field.removeAttribute("aria-describedby");
        field.removeAttribute("aria-invalid");
        delete field.dataset.alerted;
      });
    }

    notify(name, message) {
      const note = this.find(`.notification-${name}`);
      if (message) note.querySelector(".notification-message").textContent = message;
      shown(note, true);
      return note;
    }

    /* Says what is wrong: at the fields it is about, if there are any, so that they are read with it. */
    alert(message, fields = []) {
      const note = this.notify("gentle-alert", message);
      fields.forEach((field) => {
        field.dataset.alerted = field.getAttribute("aria-describedby") || "";
        field.setAttribute("aria-describedby", `${note.id} ${field.dataset.alerted}`.trim());
        if (!/^(radio|checkbox)$/.test(field.type)) field.setAttribute("aria-invalid", "true");
      });
      focus(fields.length === 1 ? fields[0] : note);
    }

    /* Says something to who does not see the page. */
    say(text) {
      this.live.textContent = text;
    }

    showAnswers(answer, button) {
      const mark = (id) => this.markChoice(id, answer.correct_status_html);
      let any = false;
      for (const [id, value] of Object.entries(answer.answers || {})) {
        const input = this.inputs.find((one) => one.id === id && one.show);
        if (input) input.show(value, answer.answers);
        const found = input || (Array.isArray(value) ? value.filter((name) => mark(`input_${id}_${name}`) || mark(name)).length : this.place(id, value));
        any = any || Boolean(found);
      }
      if (button) button.disabled = true;
      focus(this.notify("show-answer", any ? t("Answers are displayed within the problem") : t("There is no answer to show.")));
    }

    /* Puts an answer or a solution where there is room for it; returns whether there was any. */
    place(id, html) {
      if (typeof html !== "string" || !html) return false;
      const places = [`answer_${id}`, `solution_${id}`].map((name) => document.getElementById(name));
      return places.filter((place) => place && this.wrapper.contains(place)).map((place) => (place.innerHTML = html)).length > 0;
    }

    markChoice(id, status) {
      const label = this.find(`label[for="${CSS.escape(id)}"]`);
      if (!label || label.classList.contains("is-answer")) return Boolean(label);
      label.classList.add("is-answer");
      const mark = document.createElement("span");
      mark.className = "answer-status";
      mark.innerHTML = status;
      // Many choices may be right; an id is there once.
      mark.querySelectorAll("[id]").forEach((element) => element.removeAttribute("id"));
      // A choice with fields goes on after its label.
      (label.closest(".choicetextgroup .field") || label).append(mark);
      return true;
    }

    showHint(answer, button) {
      const hint = this.find(".problem-hint");
      if (!hint || !answer.success) return this.alert(answer.msg || t("There is no hint."));
      const note = hint.querySelector(".notification");
      note.querySelector(".notification-message").innerHTML = answer.msg;
      shown(note, true);
      hint.setAttribute("hint_index", String(answer.hint_index + 1));
      if (button) button.disabled = !answer.should_enable_next_hint;
      focus(note.querySelector("li:last-child"));
    }
  }

  window.Problem = function Problem(runtime, element) {
    this.view = new ProblemView(element.jquery ? element[0] : element);
  };
})();
