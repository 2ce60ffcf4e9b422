//! Escaping, appended to an output.

use std::io;

use serde::Serialize;

fn escape_with(out: &mut String, text: &str, replacement: impl Fn(u8) -> Option<&'static str>) {
    let mut copied = 0;
    for (i, b) in text.bytes().enumerate() {
        if let Some(escaped) = replacement(b) {
            out.push_str(&text[copied..i]);
            out.push_str(escaped);
            copied = i + 1;
        }
    }
    out.push_str(&text[copied..]);
}

/// Appends text as element content; also well-formed XML, so control characters XML has no place for are
/// dropped.
pub(crate) fn escape_text(out: &mut String, text: &str) {
    escape_with(out, text, |b| match b {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        0..=8 | 11 | 12 | 14..=31 => Some(""),
        _ => None,
    });
}

/// Appends text as the value of an attribute in single or double quotes.
pub(crate) fn escape_attribute(out: &mut String, text: &str) {
    escape_with(out, text, |b| match b {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        b'\'' => Some("&#39;"),
        b'"' => Some("&#34;"),
        _ => None,
    });
}

/// Writes JSON into a `script` element: what could end the element or start a comment is written as an escape.
struct ScriptWriter<'a>(&'a mut Vec<u8>);

impl io::Write for ScriptWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for &b in bytes {
            match b {
                b'<' => self.0.extend_from_slice(br"\u003c"),
                b'>' => self.0.extend_from_slice(br"\u003e"),
                b'&' => self.0.extend_from_slice(br"\u0026"),
                _ => self.0.push(b),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns a value as JSON that is safe inside a `script` element. The escaped characters occur only in JSON
/// strings, so the value is unchanged.
pub(crate) fn script_json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut out = Vec::with_capacity(128);
    serde_json::to_writer(ScriptWriter(&mut out), value)?;
    String::from_utf8(out).map_err(serde::ser::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn script_json_cannot_end_its_script() {
        let json = script_json(&serde_json::json!({"a": "</script><!--&"})).unwrap();
        assert_eq!(json, r#"{"a":"\u003c/script\u003e\u003c!--\u0026"}"#);
    }

    proptest! {
        #[test]
        fn script_json_keeps_the_value(text: String) {
            let json = script_json(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }

        #[test]
        fn attributes_keep_the_value(text in "[<>&'\"a-z ]{0,20}") {
            let mut html = String::from("<p title='");
            escape_attribute(&mut html, &text);
            html.push_str("'></p>");
            let document = scraper::Html::parse_fragment(&html);
            let p = document.select(&scraper::Selector::parse("p").unwrap()).next().unwrap();
            prop_assert_eq!(p.attr("title"), Some(text.as_str()));
        }
    }
}
