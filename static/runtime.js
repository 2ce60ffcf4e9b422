/* Exedra client runtime: starts the blocks of a page and talks to the frame around it
 * (student-view-html §2.1). Plain script, no dependencies. */
(() => {
  "use strict";

  const BLOCK = ".xblock, .xblock-v1";
  const ARGS = "script.xblock_json_init_args, script.xblock-json-init-args";
  const page = document.getElementById("exedra-page");
  const settings = page ? JSON.parse(page.textContent) : {};
  const handlers = (window.HANDLER_URL_MAP = Object.assign(window.HANDLER_URL_MAP || {}, settings.handlers));

  /* The parent's origin, if it is one the site lets frame its pages: messages go nowhere else. */
  function parentOrigin() {
    if (window.parent === window) return null;
    const allowed = [location.origin, ...(settings.parents || [])];
    const named = (location.ancestorOrigins && location.ancestorOrigins[0]) || document.referrer;
    try {
      const origin = new URL(named).origin;
      return allowed.includes(origin) ? origin : null;
    } catch {
      return null;
    }
  }
  const origin = parentOrigin();
  const tell = (message) => {
    if (origin) window.parent.postMessage(message, origin);
  };

  const usageOf = (element) => element.dataset.usage || element.dataset.usageId;
  const nodeOf = (element) => (element && element.jquery ? element[0] : element);

  /* Descendant blocks that are in no other descendant block. */
  const childBlocks = (element) =>
    [...element.querySelectorAll(BLOCK)].filter((child) => child.parentElement.closest(BLOCK) === element);

  const runtime = {
    handlerUrl(element, name, suffix, query) {
      const block = nodeOf(element).closest(BLOCK);
      let url = handlers[usageOf(block)].replace("handler_name", () => name);
      if (suffix) url += suffix + "/";
      if (query) url += "?" + query;
      return url;
    },
    children: (element) => childBlocks(nodeOf(element)).map((child) => child.exedraBlock).filter(Boolean),
    childMap(element, name) {
      return this.children(element).find((child) => child.name === name);
    },
    notify: (eventName, data) => tell({ type: "xblock-event", eventName, data }),
    /* Ours: POSTs JSON to a handler and returns its JSON. */
    async post(element, name, data) {
      const response = await fetch(this.handlerUrl(element, name), {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        body: JSON.stringify(data),
      });
      if (!response.ok) throw new Error(`${name}: ${response.status}`);
      return response.json();
    },
  };

  /* Children start before their parents; a block that fails does not keep the others from starting. */
  function start(element) {
    if (element.exedraBlock) return;
    childBlocks(element).forEach(start);
    let block = {};
    try {
      if (!usageOf(element)) throw new Error("a block without a usage key");
      const version = element.dataset.runtimeVersion;
      if (version && version !== "1") throw new Error(`runtime version ${version} is not known`);
      const init = element.dataset.init;
      if (init) {
        if (typeof window[init] !== "function") throw new Error(`there is no function ${init}`);
        const args = [...element.children].find((child) => child.matches(ARGS));
        const studio = element.classList.contains("xblock-v1-studio_view") && window.jQuery;
        block = new window[init](runtime, studio ? window.jQuery(element) : element, args ? JSON.parse(args.textContent) : {}) || {};
      }
    } catch (error) {
      console.error("Block not started:", usageOf(element), error);
    }
    block.element = element;
    block.name = element.dataset.name;
    block.type = element.dataset.blockType;
    element.exedraBlock = block;
    element.classList.add("xblock-initialized");
  }

  /* A block with data-mark-completed-on-view-after-delay is complete once it was in view that long. */
  function completeOnView(element) {
    const delay = Number(element.dataset.markCompletedOnViewAfterDelay);
    let timer = null;
    const observer = new IntersectionObserver((entries) => {
      clearTimeout(timer);
      if (!entries[entries.length - 1].isIntersecting) return;
      timer = setTimeout(() => {
        observer.disconnect();
        runtime.post(element, "publish_completion", { completion: 1.0 }).catch((error) => console.warn(error));
      }, delay);
    });
    observer.observe(element);
  }

  function reportSize(root) {
    let last = "";
    let waiting = false;
    const report = () => {
      waiting = false;
      const payload = { width: root.offsetWidth, height: root.scrollHeight };
      const now = payload.width + "x" + payload.height;
      if (now !== last) tell({ type: "plugin.resize", payload });
      last = now;
    };
    const soon = () => {
      if (!waiting) requestAnimationFrame(report);
      waiting = true;
    };
    new ResizeObserver(soon).observe(root);
    new MutationObserver(soon).observe(root, { attributes: true, childList: true, characterData: true, subtree: true });
    soon();
  }

  /* What scrolls sideways can be scrolled with the keyboard, too. */
  function reachScrolling() {
    document.querySelectorAll("#content :is(table, pre, math)").forEach((element) => {
      if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === "auto") element.tabIndex = 0;
    });
  }

  window.addEventListener("load", () => {
    new ResizeObserver(reachScrolling).observe(document.body);
    [...document.querySelectorAll(BLOCK)].filter((b) => !b.parentElement.closest(BLOCK)).forEach(start);
    document.querySelectorAll("[data-mark-completed-on-view-after-delay]").forEach(completeOnView);
    if (origin) reportSize(document.getElementById("content") || document.body);
  });

  window.ExedraRuntime = runtime;
  /* Blocks whose type brings no behaviour of its own name these. */
  window.HtmlBlock = window.HtmlBlock || function HtmlBlock() {};
})();
