//! What protects a page: who may frame it, which scripts run, who is told what.

use std::{borrow::Cow, fmt, str::FromStr};

use thiserror::Error;

use crate::scan::{Scanner, Token, attributes};

/// A web origin: scheme, host and, if it is not the usual one, port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// Text that is no origin.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("'{0}' is no origin: write scheme and host, e.g. https://lms.example.org")]
pub struct InvalidOrigin(String);

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let invalid = || InvalidOrigin(text.chars().take(200).collect());
        let host =
            text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(invalid)?;
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => {
                (name, Some(port))
            }
            _ => (host, None),
        };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
        let name_ok = match name.strip_prefix('[').and_then(|n| n.strip_suffix(']')) {
            Some(v6) => !v6.is_empty() && v6.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'),
            None => !name.is_empty() && name.bytes().all(plain),
        };
        if !name_ok || port.is_some_and(|p| p.parse::<u16>().is_err()) {
            return Err(invalid());
        }
        Ok(Origin(text.to_owned()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Origin {
    /// Returns the origin as text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number used once that scripts of one response carry.
#[derive(Clone, Debug)]
pub struct Nonce(String);

impl Nonce {
    /// Makes a nonce of 16 random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Nonce(hex::encode(bytes))
    }

    /// Returns the value of the `nonce` attribute.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns the value of the `Content-Security-Policy` header of a page.
///
/// Scripts come from this site or carry the nonce; event handler attributes, which authors use, run. Styles,
/// images, media and frames are the author's choice. Only this site and `frame_ancestors` may frame the page.
pub fn content_security_policy(nonce: &Nonce, frame_ancestors: &[Origin]) -> String {
    let mut policy = format!(
        "script-src 'self' 'nonce-{}'; script-src-attr 'unsafe-inline'; object-src 'self'; base-uri 'none'; \
         frame-ancestors 'self'",
        nonce.as_str()
    );
    for origin in frame_ancestors {
        policy.push(' ');
        policy.push_str(origin.as_str());
    }
    policy
}

/// Gives the nonce to every inline script of trusted HTML.
///
/// Scripts with a `src` get none, so those of other hosts do not run; data blocks need none. HTML without
/// scripts is returned as it is.
pub fn with_nonces<'a>(html: &'a str, nonce: &Nonce) -> Cow<'a, str> {
    let mut out = String::new();
    let mut copied = 0;
    if memchr::memchr_iter(b'<', html.as_bytes()).any(|at| is_script(&html.as_bytes()[at + 1..])) {
        for token in Scanner::new(html) {
            let Token::Tag(tag) = token else { continue };
            if tag.closing || !tag.is("script") || !runs_inline(&html[tag.range.clone()]) {
                continue;
            }
            let name_end = tag.range.start + 1 + tag.name.len();
            out.push_str(&html[copied..name_end]);
            out.push_str(" nonce=\"");
            out.push_str(nonce.as_str());
            out.push('"');
            copied = name_end;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(html);
    }
    out.push_str(&html[copied..]);
    Cow::Owned(out)
}

fn is_script(after: &[u8]) -> bool {
    after.get(..6).is_some_and(|name| name.eq_ignore_ascii_case(b"script"))
}

/// Returns whether a `script` start tag has no `src` and a type that is JavaScript.
fn runs_inline(tag: &str) -> bool {
    let mut inline = true;
    for (name, value) in attributes(tag) {
        if name.eq_ignore_ascii_case("src") || name.eq_ignore_ascii_case("nonce") {
            return false;
        }
        if name.eq_ignore_ascii_case("type") {
            let kind = value.trim().to_ascii_lowercase();
            inline = kind.is_empty()
                || kind == "module"
                || kind.contains("javascript")
                || kind.contains("ecmascript");
        }
    }
    inline
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce() -> Nonce {
        Nonce::from_random([0xab; 16])
    }

    #[test]
    fn origins_are_scheme_and_host() {
        for ok in ["https://lms.example.org", "http://127.0.0.1:8000", "http://[::1]:80", "https://x"] {
            assert_eq!(ok.parse::<Origin>().unwrap().as_str(), ok);
        }
        for bad in [
            "",
            "lms.example.org",
            "https://",
            "https://a/",
            "https://a b",
            "https://a; script-src *",
            "https://a:99999",
            "javascript:x",
            "https://*",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_policy_names_the_nonce_and_who_may_frame() {
        let policy = content_security_policy(&nonce(), &["https://lms.example.org".parse().unwrap()]);
        assert!(policy.contains(&format!("script-src 'self' 'nonce-{}';", "ab".repeat(16))), "{policy}");
        assert!(policy.ends_with("frame-ancestors 'self' https://lms.example.org"), "{policy}");
    }

    #[test]
    fn inline_scripts_get_the_nonce() {
        let n = "ab".repeat(16);
        for (html, expected) in [
            ("<p>x</p>", "<p>x</p>".to_owned()),
            ("<script>a</script>", format!("<script nonce=\"{n}\">a</script>")),
            ("<SCRIPT type='module'>a</SCRIPT>", format!("<SCRIPT nonce=\"{n}\" type='module'>a</SCRIPT>")),
            ("<script type=text/javascript>", format!("<script nonce=\"{n}\" type=text/javascript>")),
            (
                "<script src='https://cdn.example/x.js'></script>",
                "<script src='https://cdn.example/x.js'></script>".to_owned(),
            ),
            (
                "<script type=\"json/xblock-args\">{}</script>",
                "<script type=\"json/xblock-args\">{}</script>".to_owned(),
            ),
            ("<!-- <script> --><a title='<script>'>", "<!-- <script> --><a title='<script>'>".to_owned()),
            ("<textarea><script></textarea>", "<textarea><script></textarea>".to_owned()),
            ("<scripts>", "<scripts>".to_owned()),
        ] {
            assert_eq!(with_nonces(html, &nonce()), expected);
        }
    }
}
