/* Pages of authors in frames, which say how far the learner came (capa §11): reached directly, as functions of the
 * frame's window, or with messages in the format of JSChannel. Loaded only where there are such frames. */
(() => {
  "use strict";

  const t = (text) => (window.gettext ? window.gettext(text) : text);
  const kinds = (window.ExedraInputs = window.ExedraInputs || []);

  const SCOPE = "JSInput::";
  const ANSWER_WITHIN = 5000;
  const TRIES = 5;
  const BETWEEN_TRIES = 200;

  const after = (time) => new Promise((resolve) => setTimeout(resolve, time));

  /* Functions of the frame's window, by dotted path. */
  function direct(frame) {
    const loaded = new Promise((resolve) => {
      const page = frame.contentDocument;
      if (page && page.readyState === "complete" && page.URL !== "about:blank") resolve();
      frame.addEventListener("load", () => resolve());
    });
    return {
      async call(path, ...args) {
        await loaded;
        const names = path.split(".");
        const last = names.pop();
        const owner = names.reduce((object, name) => object[name], frame.contentWindow);
        return owner[last](...args);
      },
      stop() {},
    };
  }

  /* Requests and answers as JSON texts; both sides say that they are there before anything is asked. */
  function channel(frame) {
    const own = new URL(frame.src, document.baseURI).origin;
    // A sandboxed page of this site has no origin that could be named.
    const target = own === location.origin ? "*" : own;
    const waiting = new Map();
    const held = [];
    let there = false;
    let last = 0;

    const post = (message) => frame.contentWindow && frame.contentWindow.postMessage(JSON.stringify(message), target);
    const greet = (params) => post({ method: `${SCOPE}__ready`, params });
    const read = (data) => {
      try {
        return JSON.parse(data) || {};
      } catch {
        return {};
      }
    };

    const listen = (event) => {
      if (event.source !== frame.contentWindow || ![own, "null"].includes(event.origin)) return;
      const message = read(event.data);
      if (message.method === `${SCOPE}__ready`) {
        if (message.params === "ping") greet("pong");
        there = true;
        held.splice(0).forEach(post);
      } else if (waiting.has(message.id)) {
        const [resolve, reject] = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.error === undefined) resolve(message.result);
        else reject(new Error(String(message.message || message.error)));
      }
    };
    const hello = () => greet("ping");
    window.addEventListener("message", listen);
    frame.addEventListener("load", hello);
    hello();

    return {
      call(method, ...args) {
        const message = { id: ++last, method: SCOPE + method, params: args.length ? args[0] : "" };
        return new Promise((resolve, reject) => {
          waiting.set(message.id, [resolve, reject]);
          setTimeout(() => reject(new Error(`${method}: no answer`)), ANSWER_WITHIN);
          if (there) post(message);
          else held.push(message);
        });
      },
      stop() {
        window.removeEventListener("message", listen);
      },
    };
  }

  /* Escapes that a page may use in what it hands over; what only looks like one is left as it is. */
  function decoded(text, decode) {
    try {
      return typeof text === "string" ? decode(text) : text;
    } catch {
      return text;
    }
  }

  function start(element) {
    const frame = element.querySelector("iframe");
    const field = element.querySelector("input[type=hidden]");
    if (!frame || !field) return {};
    const { stored, initialState, getstate, setstate, sop } = element.dataset;
    const near = sop !== "false";
    const bridge = near ? direct(frame) : channel(frame);
    const names = near
      ? { grade: element.getAttribute("data") || "gradefn", get: getstate, set: setstate }
      : { grade: "getGrade", get: getstate && "getState", set: setstate && "setState" };
    element.dataset.processed = "true";

    const before = () => {
      if (!stored) return initialState;
      try {
        const value = JSON.parse(stored);
        return value !== null && typeof value === "object" ? value.state : stored;
      } catch {
        return stored;
      }
    };
    const restore = async (state) => {
      for (let left = TRIES; ; left -= 1) {
        try {
          return await bridge.call(names.set, state);
        } catch (error) {
          if (left === 0) return console.warn("The state was not taken:", error);
          await after(BETWEEN_TRIES);
        }
      }
    };
    const state = names.set && before();
    const restored = state ? restore(state) : Promise.resolve();

    return {
      stop: bridge.stop,
      async ready() {
        await restored;
        let answer, now;
        try {
          answer = await bridge.call(names.grade);
          if (names.get && names.set) now = await bridge.call(names.get);
        } catch (error) {
          console.warn("The frame did not answer:", error);
          throw new Error(t("The interactive part does not answer. Reload the page and try again."));
        }
        if (!near) answer = decoded(answer, decodeURI);
        if (names.get && names.set) field.value = JSON.stringify({ answer, state: decoded(now, near ? window.unescape : decodeURI) });
        else field.value = answer ?? "";
      },
    };
  }
  kinds.push({ selector: ".jsinput", start });
})();
