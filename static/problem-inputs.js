/* Inputs that are more than a form field: previews of formulas, pictures to point at, programs, files and answers
 * that wait for a grader. Loaded only where there are such inputs, after problem.js. */
(() => {
  "use strict";

  const t = (text) => (window.gettext ? window.gettext(text) : text);
  const kinds = (window.ExedraInputs = window.ExedraInputs || []);

  /* After the last key: until a preview is asked for, and until something that cannot be read is called wrong. */
  const TYPING = 300;
  const UNREADABLE = 1200;
  const LARGEST_FILE = 4 * 1000 * 1000;
  const LONGEST_WAIT = 60 * 1000;

  const wrong = (message, field) => Object.assign(new Error(message), { field });

  /* Shows what a formula looks like while it is typed. Only the answer to the last question counts. */
  function preview(dispatch) {
    return (element, problem) => {
      const field = element.querySelector("input[type=text]");
      const slot = field && document.getElementById(`${field.id}_preview`);
      if (!slot) return {};
      const id = field.id.replace(/^input_/, "");
      let last = 0;
      let timer;
      const ask = async () => {
        const number = ++last;
        if (!field.value.trim()) return slot.replaceChildren();
        const asked = { input_id: id, dispatch, formula: field.value, request_start: number };
        let answer;
        try {
          answer = await problem.send("input_ajax", new URLSearchParams(asked));
        } catch {
          return; // What is typed can be submitted all the same.
        }
        if (number !== last) return;
        slot.classList.remove("is-error");
        if (answer.error) timer = setTimeout(() => refuse(answer.error), UNREADABLE);
        else if (dispatch === "preview_formcalc" && !answer.mathml) slot.textContent = answer.preview;
        else slot.innerHTML = answer.mathml || answer.preview;
      };
      const refuse = (error) => {
        slot.classList.add("is-error");
        slot.textContent = error;
      };
      field.addEventListener("input", () => {
        clearTimeout(timer);
        timer = setTimeout(ask, TYPING);
      });
      if (!slot.firstChild) ask();
      return { stop: () => clearTimeout(timer) };
    };
  }
  kinds.push({ selector: ".formulaequationinput", start: preview("preview_formcalc") });
  kinds.push({ selector: ".chemicalequationinput", start: preview("preview_chemcalc") });

  /* The corners of what is right when a picture is pointed at: rectangles, and around lists of points. */
  function areas({ rectangle, regions }) {
    const found = [];
    for (const part of (rectangle || "").split(";")) {
      const [left, top, right, bottom] = (part.match(/-?\d+/g) || []).map(Number);
      if (bottom !== undefined) found.push([[left, top], [right, top], [right, bottom], [left, bottom]]);
    }
    try {
      const points = JSON.parse(regions || "[]");
      const lists = points.length && typeof points[0][0] === "number" ? [points] : points;
      lists.forEach((list) => found.push(around(list)));
    } catch {
      // An author's mistake; the explanation is still shown.
    }
    return found;
  }

  /* The convex hull of points, in order. */
  function around(points) {
    const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    const half = (list) => {
      const hull = [];
      for (const p of list) {
        while (hull.length > 1) {
          const [a, b] = hull.slice(-2);
          if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
          hull.pop();
        }
        hull.push(p);
      }
      return hull.slice(0, -1);
    };
    return [...half(sorted), ...half(sorted.reverse())];
  }

  /* A picture takes clicks and, with the focus on it, arrow keys; both write into the two fields that are sent. */
  function image(element, problem) {
    const picture = element.querySelector(".imageinput-picture");
    const [x, y] = element.querySelectorAll(".imageinput-fields input");
    if (!picture || !y) return {};
    const img = picture.querySelector("img");
    const mark = picture.querySelector(".imageinput-mark");
    const slot = picture.querySelector(".imageinput-answer");
    const size = () => [Number(slot.dataset.width) || img.naturalWidth, Number(slot.dataset.height) || img.naturalHeight];
    const say = () => problem.say(`${t("From the left:")} ${x.value}, ${t("from the top:")} ${y.value}`);

    const draw = () => {
      mark.hidden = !x.value || !y.value;
      [["left", x], ["top", y]].forEach(([side, field], n) => mark.style.setProperty(side, `${(100 * field.value) / size()[n]}%`));
    };
    const set = (point) => {
      [x, y].forEach((field, n) => (field.value = Math.round(Math.min(Math.max(point[n], 0), size()[n]))));
      draw();
      problem.changed(x);
    };
    [x, y].forEach((field) => field.addEventListener("input", draw));
    picture.addEventListener("click", (event) => {
      const box = img.getBoundingClientRect();
      set([((event.clientX - box.left) * size()[0]) / box.width, ((event.clientY - box.top) * size()[1]) / box.height]);
    });
    picture.tabIndex = 0;
    picture.setAttribute("role", "application");
    picture.setAttribute("aria-label", `${img.alt}. ${t("The arrow keys move the mark, with Shift by single pixels.")}`);
    picture.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const move = moves[event.key];
      if (!move) return;
      event.preventDefault();
      const from = mark.hidden ? size().map((n) => n / 2) : [Number(x.value), Number(y.value)];
      set(from.map((n, at) => n + move[at] * (event.shiftKey ? 1 : 10)));
      say();
    });
    return {
      id: slot.id.replace(/^answer_/, ""),
      missing: () => (x.value && y.value ? undefined : x),
      show(value) {
        const found = areas(value);
        const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        svg.setAttribute("viewBox", `0 0 ${size().join(" ")}`);
        svg.setAttribute("preserveAspectRatio", "none");
        svg.setAttribute("role", "img");
        svg.setAttribute("aria-label", `${t("Right is within:")} ${found.map((corners) => corners.map((p) => p.join(", ")).join("; ")).join(" / ")}`);
        found.forEach((corners) => {
          const area = document.createElementNS(svg.namespaceURI, "polygon");
          area.setAttribute("points", corners.join(" "));
          svg.append(area);
        });
        slot.replaceChildren(svg);
      },
    };
  }
  kinds.push({ selector: "div.imageinput", start: image });

  /* In a program, Tab indents; after Escape it leads on, as everywhere. */
  kinds.push({
    selector: "textarea[data-tabsize]",
    start(area) {
      const advice = document.getElementById(`cm-editor-exit-message-${area.id.replace(/^input_/, "")}`);
      let leaves = false;
      if (advice) {
        advice.hidden = false;
        area.setAttribute("aria-describedby", `${area.getAttribute("aria-describedby") || ""} ${advice.id}`.trim());
      }
      area.addEventListener("keydown", (event) => {
        if (event.key === "Tab" && !event.shiftKey && !leaves) {
          event.preventDefault();
          area.setRangeText(" ".repeat(Number(area.dataset.tabsize) || 4), area.selectionStart, area.selectionEnd, "end");
        } else if (event.key !== "Shift") {
          leaves = event.key === "Escape";
        }
      });
      area.addEventListener("blur", () => (leaves = false));
    },
  });

  /* Files are looked at before they are sent. */
  kinds.push({
    selector: ".filesubmission input[type=file]",
    start(field) {
      const names = (what) => JSON.parse(field.dataset[what] || "[]");
      return {
        ready(dispatch) {
          const chosen = [...field.files];
          const [required, allowed] = [names("required_files"), names("allowed_files")];
          const large = chosen.find((file) => file.size > LARGEST_FILE);
          if (large) throw wrong(`${t("This file is larger than 4 MB:")} ${large.name}`, field);
          const other = chosen.find((file) => allowed.length && !allowed.includes(file.name));
          if (other) throw wrong(`${t("This file cannot be submitted here:")} ${other.name}. ${t("These can:")} ${allowed.join(", ")}`, field);
          const missing = required.filter((name) => !chosen.some((file) => file.name === name));
          if (dispatch === "problem_check" && missing.length) throw wrong(`${t("These files are missing:")} ${missing.join(", ")}`, field);
        },
      };
    },
  });

  /* While a grader has an answer, the problem is asked for again, less and less often. What is being written stays:
   * the page changes only when there is news. */
  kinds.push({
    selector: ".xqueue",
    start(element, problem) {
      if (element !== problem.find(".xqueue")) return {};
      const waiting = (root) => root.querySelectorAll(".xqueue").length;
      let wait = 1000;
      let timer;
      const ask = async () => {
        const fresh = document.createElement("template");
        try {
          fresh.innerHTML = (await problem.send("problem_get", new URLSearchParams())).html;
        } catch {
          fresh.innerHTML = problem.wrapper.innerHTML;
        }
        if (!element.isConnected) return;
        if (problem.busy || waiting(fresh.content) >= waiting(problem.wrapper)) {
          wait = Math.min(2 * wait, LONGEST_WAIT);
          timer = setTimeout(ask, wait);
          return;
        }
        const focused = problem.wrapper.contains(document.activeElement) && document.activeElement.id;
        problem.replace(fresh.innerHTML);
        problem.tellResult("problem_get");
        if (focused) (document.getElementById(focused) || problem.find(".problem-header")).focus();
      };
      timer = setTimeout(ask, wait);
      return { stop: () => clearTimeout(timer) };
    },
  });

  /* A program that is run without being submitted. */
  kinds.push({
    selector: "button.plot",
    start(button, problem) {
      button.addEventListener("click", async () => {
        const id = button.dataset.inputId;
        const field = document.getElementById(`input_${id}`);
        try {
          const asked = { input_id: id, dispatch: "plot", submission: field.value };
          const answer = await problem.send("input_ajax", new URLSearchParams(asked));
          if (!answer.success) return problem.alert(answer.message, [field]);
          const written = field.value;
          problem.replace((await problem.send("problem_get", new URLSearchParams())).html);
          document.getElementById(`input_${id}`).value = written;
          problem.say(answer.message || t("Your program is running."));
        } catch (error) {
          problem.alert(error.message);
        }
      });
    },
  });
})();
