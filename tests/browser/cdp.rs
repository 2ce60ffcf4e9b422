//! A small client for Chromium's DevTools protocol over a pair of named pipes, so that no driver, socket or
//! further library is needed.

use std::{
    collections::VecDeque,
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};

const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Returns Chromium's command, if it is installed.
pub(crate) fn chromium() -> Option<PathBuf> {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
        .into_iter()
        .map(PathBuf::from)
        .find(|p| p.exists())
}

/// One headless browser with a fresh profile; it ends with this value.
pub(crate) struct Browser {
    process: Child,
    input: File,
    messages: Receiver<Value>,
    events: VecDeque<Value>,
    next_id: u64,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts the browser.
    pub(crate) fn start(command: &Path) -> Result<Browser> {
        let profile = tempfile::tempdir()?;
        let (to, from) = (profile.path().join("to"), profile.path().join("from"));
        let made = Command::new("mkfifo").args([&to, &from]).status().context("mkfifo is missing")?;
        if !made.success() {
            bail!("the browser's pipes cannot be made");
        }
        let script = format!(
            "exec '{}' --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking \
             --disable-component-update --disable-sync --no-first-run --disable-quic --mute-audio \
             --remote-debugging-pipe --user-data-dir='{}' about:blank 3<'{}' 4>'{}'",
            command.display(),
            profile.path().join("profile").display(),
            to.display(),
            from.display(),
        );
        let process =
            Command::new("sh").arg("-c").arg(script).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let input = OpenOptions::new().write(true).open(&to)?;
        let output = File::open(&from)?;
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|n| n > 0) {
                message.pop();
                let Ok(value) = serde_json::from_slice(&message) else { break };
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        Ok(Browser { process, input, messages, events: VecDeque::new(), next_id: 1, _profile: profile })
    }

    /// Opens a page in a new, empty browser context (cookies of its own).
    pub(crate) fn page(&mut self, scripts: bool) -> Result<Page<'_>> {
        let context = self.call(None, "Target.createBrowserContext", json!({}))?;
        let target = self.call(
            None,
            "Target.createTarget",
            json!({"url": "about:blank", "browserContextId": context["browserContextId"]}),
        )?;
        let attached = self.call(
            None,
            "Target.attachToTarget",
            json!({"targetId": target["targetId"], "flatten": true}),
        )?;
        let session = attached["sessionId"].as_str().context("no session")?.to_owned();
        let mut page = Page { browser: self, session, requests: Vec::new(), errors: Vec::new() };
        for domain in ["Page", "Runtime", "Network", "Log", "DOM"] {
            page.call(&format!("{domain}.enable"), json!({}))?;
        }
        page.call("Emulation.setScriptExecutionDisabled", json!({"value": !scripts}))?;
        Ok(page)
    }

    fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Result<Value> {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes)?;
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            let message =
                self.next_message(deadline)?.ok_or_else(|| anyhow!("the browser did not answer {method}"))?;
            if message["id"] == id {
                if let Some(error) = message.get("error") {
                    bail!("{method}: {error}");
                }
                return Ok(message["result"].clone());
            }
            self.events.push_back(message);
        }
    }

    fn next_message(&mut self, deadline: Instant) -> Result<Option<Value>> {
        match self.messages.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(message) => Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("the browser ended"),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One page.
pub(crate) struct Page<'a> {
    browser: &'a mut Browser,
    session: String,
    /// URLs requested so far.
    pub(crate) requests: Vec<String>,
    /// Errors and warnings the console showed.
    pub(crate) errors: Vec<String>,
}

impl Page<'_> {
    /// Calls a protocol method of this page.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        let session = self.session.clone();
        let answer = self.browser.call(Some(&session), method, params);
        self.take_events();
        answer
    }

    fn take_events(&mut self) {
        while let Some(event) = self.browser.events.pop_front() {
            let params = &event["params"];
            match event["method"].as_str() {
                Some("Network.requestWillBeSent") => {
                    self.requests.extend(params["request"]["url"].as_str().map(str::to_owned));
                }
                Some("Runtime.exceptionThrown") => self.errors.push(params["exceptionDetails"].to_string()),
                Some("Runtime.consoleAPICalled")
                    if params["type"] == "error" || params["type"] == "warning" =>
                {
                    self.errors.push(params["args"].to_string());
                }
                Some("Log.entryAdded") if params["entry"]["level"] == "error" => {
                    self.errors.push(params["entry"].to_string());
                }
                _ => {}
            }
        }
    }

    /// Opens an address and waits until it is loaded.
    pub(crate) fn open(&mut self, url: &str) -> Result<()> {
        let answer = self.call("Page.navigate", json!({"url": url}))?;
        if let Some(error) = answer["errorText"].as_str() {
            bail!("{url}: {error}");
        }
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")
    }

    /// Returns the value of an expression. Works also where the page's own scripts are disabled.
    pub(crate) fn eval(&mut self, expression: &str) -> Result<Value> {
        let answer = self.call(
            "Runtime.evaluate",
            json!({"expression": expression, "returnByValue": true, "awaitPromise": true}),
        )?;
        if let Some(details) = answer.get("exceptionDetails") {
            bail!("{expression}: {details}");
        }
        Ok(answer["result"]["value"].clone())
    }

    /// Waits until an expression is true, at most 20 seconds; a page that is being replaced counts as false.
    pub(crate) fn wait_for(&mut self, expression: &str) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if self.eval(expression).is_ok_and(|v| v == true) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let text =
                    self.eval("document.body && document.body.innerText.slice(0, 600)").unwrap_or_default();
                bail!("never true: {expression}; the page reads: {text}; console: {:?}", self.errors);
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Clicks the first element that a selector finds, with the mouse, where a person would.
    pub(crate) fn click(&mut self, selector: &str) -> Result<()> {
        let quoted = Value::from(selector);
        let point = self.eval(&format!(
            "(() => {{ const e = document.querySelector({quoted}); if (!e) return null; e.scrollIntoView({{block: 'center'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ))?;
        let (Some(x), Some(y)) = (point[0].as_f64(), point[1].as_f64()) else {
            bail!("nothing matches {selector}")
        };
        for (kind, buttons) in [("mousePressed", 1), ("mouseReleased", 0)] {
            self.call(
                "Input.dispatchMouseEvent",
                json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1}),
            )?;
        }
        Ok(())
    }

    /// Presses a key, e.g. `Tab` or `Enter`.
    pub(crate) fn press(&mut self, key: &str) -> Result<()> {
        let (code, text) = match key {
            "Enter" => (13, "\r"),
            "Tab" => (9, ""),
            " " => (32, " "),
            "Escape" => (27, ""),
            "ArrowLeft" => (37, ""),
            "ArrowUp" => (38, ""),
            "ArrowRight" => (39, ""),
            "ArrowDown" => (40, ""),
            _ => bail!("the key {key} is not known here"),
        };
        let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let params = |kind: &str| json!({"type": kind, "key": key, "code": if key == " " { "Space" } else { key }, "windowsVirtualKeyCode": code, "text": text});
        self.call("Input.dispatchKeyEvent", params(down))?;
        self.call("Input.dispatchKeyEvent", params("keyUp"))?;
        Ok(())
    }

    /// Types text into the element that has the focus.
    pub(crate) fn type_text(&mut self, text: &str) -> Result<()> {
        self.call("Input.insertText", json!({"text": text}))?;
        Ok(())
    }

    /// Sets the size of the window in CSS pixels.
    pub(crate) fn resize(&mut self, width: u32, height: u32) -> Result<()> {
        self.call(
            "Emulation.setDeviceMetricsOverride",
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}),
        )?;
        Ok(())
    }
}
