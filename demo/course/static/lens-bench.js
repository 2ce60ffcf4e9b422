// An optical bench for a problem: a lamp, a lens of 20 cm and a screen. What a problem asks of it is in `LensBench`,
// to be called by the page around it, or by messages in the form of a JSChannel of the scope "JSInput".
"use strict";

const LensBench = (() => {
  const FOCUS = 20;
  const CENTRE = 300;
  const SCALE = 2.9;
  const RADIUS = 55;
  const at = (id) => document.getElementById(id);
  const state = { g: 60, b: 60 };

  const image = () => 1 / (1 / FOCUS - 1 / state.g);
  // The width of the spot on the screen, for an opening of 1.
  const blur = () => Math.abs(1 - state.b / image());
  const sharp = () => blur() < 0.03;

  function draw() {
    const lamp = CENTRE - state.g * SCALE;
    const screen = CENTRE + state.b * SCALE;
    const spot = RADIUS * (1 - state.b / image());
    at("lamp").setAttribute("cx", lamp);
    at("screen").setAttribute("x1", screen);
    at("screen").setAttribute("x2", screen);
    const corners = [
      [lamp, 90], [CENTRE, 90 - RADIUS], [screen, 90 - spot], [screen, 90 + spot], [CENTRE, 90 + RADIUS],
    ];
    at("light").setAttribute("points", corners.map((corner) => corner.join(",")).join(" "));
    for (const name of ["g", "b"]) {
      at(name).value = state[name];
      at(name + "-text").textContent = state[name] + " cm";
    }
    at("seen").textContent = sharp() ? "The image on the screen is sharp."
      : blur() < 0.3 ? "The image on the screen is blurred." : "There is only a bright spot on the screen.";
  }

  for (const name of ["g", "b"]) {
    at(name).addEventListener("input", () => {
      state[name] = Number(at(name).value);
      draw();
    });
  }
  draw();

  return {
    getGrade: () => JSON.stringify({ sharp: sharp(), magnification: state.b / state.g }),
    getState: () => JSON.stringify(state),
    setState(text) {
      const given = JSON.parse(text);
      for (const name of ["g", "b"]) {
        const { min, max } = at(name);
        const value = Number(given[name]);
        if (value >= Number(min) && value <= Number(max)) state[name] = value;
      }
      draw();
    },
  };
})();
window.LensBench = LensBench;

if (window.parent !== window) {
  const SCOPE = "JSInput::";
  const send = (message, origin) => window.parent.postMessage(JSON.stringify(message), origin);
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || typeof event.data !== "string") return;
    let message;
    try {
      message = JSON.parse(event.data);
    } catch {
      return;
    }
    const method = String(message?.method ?? "");
    if (!method.startsWith(SCOPE)) return;
    const name = method.slice(SCOPE.length);
    if (name === "__ready") {
      if (message.params === "ping") send({ method: SCOPE + "__ready", params: "pong" }, event.origin);
      return;
    }
    const answer = { id: message.id };
    if (!Object.hasOwn(LensBench, name)) {
      send({ ...answer, error: "method_not_found", message: name }, event.origin);
      return;
    }
    try {
      // What is answered goes through decodeURI at the other end.
      send({ ...answer, result: encodeURI(LensBench[name](message.params) ?? "") }, event.origin);
    } catch (error) {
      send({ ...answer, error: "runtime_error", message: String(error) }, event.origin);
    }
  });
  // Says only that somebody is here, so it may be anyone who hears it.
  send({ method: SCOPE + "__ready", params: "ping" }, "*");
}
