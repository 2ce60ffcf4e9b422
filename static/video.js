/* Makes the browser's own player remember, resume, report completion and show a transcript to read along.
 * Without this script the player and the links beside it work as they are. Plain script, no dependencies. */
(() => {
  "use strict";

  const t = (text) => (window.gettext ? window.gettext(text) : text);
  const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2];
  const SAVE_EVERY_MS = 30000;

  const clock = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    return [s / 3600, (s % 3600) / 60, s % 60].map((n) => String(Math.floor(n)).padStart(2, "0")).join(":");
  };
  const shortClock = (seconds) => clock(seconds).replace(/^00:/, "");

  /* WebVTT and SRT markup in a cue is not for reading. */
  const cueText = (cue) => (cue.text || "").replace(/<[^>]*>/g, "").replace(/\s+/g, " ").trim();

  class Player {
    constructor(root) {
      this.root = root;
      this.meta = JSON.parse(root.dataset.metadata || "{}");
      root.querySelectorAll("a[data-embed-url]").forEach((link) => link.addEventListener("click", (e) => this.loadYouTube(e, link)));
      this.video = root.querySelector("video");
      if (!this.video) return;
      this.resume();
      this.watch();
      this.transcript();
    }

    /* The frame is loaded only when asked for: before, nothing leaves for another host. */
    loadYouTube(event, link) {
      event.preventDefault();
      const frame = document.createElement("iframe");
      const url = new URL(link.dataset.embedUrl, location.href);
      url.searchParams.set("autoplay", "1");
      const start = Math.floor(this.meta.savedVideoPosition || this.meta.start || 0);
      if (start) url.searchParams.set("start", String(start));
      frame.src = url.href;
      frame.title = link.dataset.title || link.textContent.trim() || t("Video");
      frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
      frame.allowFullscreen = true;
      frame.className = "video-frame";
      (link.closest(".video-youtube") || link).replaceWith(frame);
      frame.focus();
    }

    resume() {
      const { video, meta } = this;
      const from = Number(meta.savedVideoPosition) || Number(meta.start) || 0;
      const seek = () => {
        if (from > 0 && (!video.duration || from < video.duration - 1)) video.currentTime = from;
      };
      if (video.readyState > 0) seek();
      else video.addEventListener("loadedmetadata", seek, { once: true });
      const speed = Number(meta.speed) || Number(meta.generalSpeed) || 1;
      this.speed = SPEEDS.includes(speed) ? speed : 1;
      video.defaultPlaybackRate = video.playbackRate = this.speed;
    }

    watch() {
      const { video, meta } = this;
      let saved = Date.now();
      video.addEventListener("timeupdate", () => {
        const end = Number(meta.end);
        if (end && video.currentTime >= end && !video.paused) video.pause();
        const length = end || video.duration;
        const share = Number(meta.completionPercentage) || 0.95;
        if (length && video.currentTime >= length * share) this.complete();
        if (Date.now() - saved > SAVE_EVERY_MS) {
          saved = Date.now();
          this.savePosition();
        }
        this.follow();
      });
      video.addEventListener("pause", () => this.savePosition());
      video.addEventListener("ended", () => {
        this.complete();
        this.save({ saved_video_position: clock(0) });
      });
      video.addEventListener("ratechange", () => {
        if (video.playbackRate === this.speed) return;
        this.speed = video.playbackRate;
        this.save({ speed: String(this.speed) });
      });
      window.addEventListener("pagehide", () => !video.paused && this.savePosition(true));
      this.root.addEventListener("keydown", (event) => this.onKey(event));
    }

    savePosition(leaving) {
      if (!this.video.ended) this.save({ saved_video_position: clock(this.video.currentTime) }, leaving);
    }

    save(fields, leaving) {
      const { saveStateUrl, saveStateEnabled } = this.meta;
      if (!saveStateEnabled || !saveStateUrl) return;
      const body = new URLSearchParams(fields);
      if (leaving) navigator.sendBeacon(saveStateUrl, body);
      else fetch(saveStateUrl, { method: "POST", headers: { Accept: "application/json" }, body }).catch((e) => console.warn(e));
    }

    complete() {
      const { publishCompletionUrl, completionEnabled } = this.meta;
      if (this.completed || !completionEnabled || !publishCompletionUrl) return;
      this.completed = true;
      fetch(publishCompletionUrl, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ completion: 1.0 }),
      }).catch(() => {
        this.completed = false;
      });
    }

    onKey(event) {
      const { video } = this;
      if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
      const step = (by) => {
        const next = SPEEDS[SPEEDS.indexOf(video.playbackRate) + by];
        if (next) video.playbackRate = next;
      };
      const keys = {
        k: () => (video.paused ? video.play() : video.pause()),
        j: () => (video.currentTime -= 10),
        l: () => (video.currentTime += 10),
        m: () => (video.muted = !video.muted),
        c: () => this.toggleCaptions(),
        f: () => (document.fullscreenElement ? document.exitFullscreen() : video.requestFullscreen()),
        "<": () => step(-1),
        ">": () => step(1),
      };
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    }

    toggleCaptions() {
      const track = this.track || this.video.textTracks[0];
      if (track) track.mode = track.mode === "showing" ? "hidden" : "showing";
    }

    /* The list of transcript files becomes the text of the player's own captions, to read and to seek by. */
    transcript() {
      const panel = this.root.querySelector(".video-transcript");
      const place = panel && panel.querySelector(".video-transcript-text");
      const tracks = [...this.video.querySelectorAll("track")].filter((e) => /^(captions|subtitles)$/.test(e.kind));
      if (!place || !tracks.length) return;
      const wanted = this.meta.transcriptLanguage;
      const first = tracks.find((e) => e.srclang === wanted) || tracks.find((e) => e.default) || tracks[0];
      this.list = document.createElement("ol");
      this.list.className = "video-cues";
      place.prepend(this.list);
      this.scroller = place;
      if (tracks.length > 1) {
        const choice = document.createElement("select");
        choice.setAttribute("aria-label", t("Transcript language"));
        tracks.forEach((e, n) => choice.append(new Option(e.label || e.srclang, String(n), e === first, e === first)));
        choice.addEventListener("change", () => {
          const track = tracks[Number(choice.value)];
          this.open(track);
          this.save({ transcript_language: track.srclang });
        });
        place.before(choice);
      }
      /* Opened again after a reload, the panel is open before this script runs. */
      const show = () => panel.open && !this.track && this.open(first);
      panel.addEventListener("toggle", show);
      show();
      this.list.addEventListener("click", (event) => {
        const cue = event.target.closest("button");
        if (!cue) return;
        this.video.currentTime = Number(cue.dataset.start);
        this.video.play();
      });
    }

    open(element) {
      this.track = element.track;
      if (this.track.mode === "disabled") this.track.mode = "hidden";
      this.list.lang = element.srclang;
      const fill = () => element.track === this.track && this.fill();
      if (element.readyState === 2) fill();
      else element.addEventListener("load", fill, { once: true });
    }

    fill() {
      const items = [...(this.track.cues || [])].filter(cueText).map((cue) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.dataset.start = cue.startTime;
        const time = document.createElement("span");
        time.className = "video-cue-time";
        time.textContent = shortClock(cue.startTime);
        button.append(time, " ", cueText(cue));
        item.append(button);
        return item;
      });
      this.list.replaceChildren(...items);
      this.cues = [...this.list.querySelectorAll("button")];
      this.follow();
    }

    /* Marks what is being said and keeps it in sight, without moving the page. */
    follow() {
      if (!this.cues || !this.cues.length) return;
      const now = this.video.currentTime + 0.05;
      const current = this.cues.filter((cue) => Number(cue.dataset.start) <= now).pop();
      if (current === this.current) return;
      if (this.current) this.current.removeAttribute("aria-current");
      this.current = current;
      if (!current) return;
      current.setAttribute("aria-current", "true");
      const box = this.scroller;
      if (!box.matches(":hover, :focus-within")) box.scrollTop += current.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 3;
    }
  }

  window.Video = function Video(runtime, element) {
    const root = (element.jquery ? element[0] : element).querySelector(".video");
    if (root) this.player = new Player(root);
  };
})();
