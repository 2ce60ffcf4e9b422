//! A small HTTP client for servers on this machine.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

/// An answer.
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Header lines as sent, `name: value`.
    pub(crate) headers: Vec<String>,
    /// Body.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Returns the first header of a name (lower case).
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Gets a path from a server; `headers` are whole lines.
pub(crate) fn get(server: SocketAddr, path: &str, headers: &[&str]) -> Result<Answer> {
    send(server, "GET", path, headers, "")
}

/// Posts a form, encoded already, to a server.
pub(crate) fn post_form(server: SocketAddr, path: &str, form: &str) -> Result<Answer> {
    let length = format!("Content-Length: {}", form.len());
    send(server, "POST", path, &["Content-Type: application/x-www-form-urlencoded", &length], form)
}

fn send(server: SocketAddr, method: &str, path: &str, headers: &[&str], body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n");
    for line in headers {
        request.push_str(line);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").context("no end of headers")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines().map(str::to_owned);
    let status = lines
        .next()
        .and_then(|l| l.split(' ').nth(1).and_then(|s| s.parse().ok()))
        .context("no status line")?;
    let headers: Vec<String> = lines.collect();
    let body = bytes.split_off(end + 4);
    let answer = Answer { status, headers, body };
    match answer.header("transfer-encoding") {
        Some("chunked") => Ok(Answer { body: unchunk(&answer.body)?, ..answer }),
        Some(other) => bail!("the transfer encoding {other} is not known here"),
        None => Ok(answer),
    }
}

fn unchunk(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|w| w == b"\r\n").context("a chunk has no size")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..line])?.trim(), 16)?;
        if size == 0 {
            return Ok(body);
        }
        body.extend(bytes.get(line + 2..line + 2 + size).context("a chunk is cut")?);
        bytes = bytes.get(line + 4 + size..).context("a chunk is cut")?;
    }
}
