//! A forgiving HTML tokenizer: just enough to tell text from markup in what authors write.
//!
//! It follows the HTML tokenizer where that matters (quoted attribute values, comments, elements whose content
//! is raw text) and never fails: what is cut off ends with the text.

use std::ops::Range;

use memchr::{memchr, memmem};

/// Elements whose content the HTML tokenizer reads as text up to their end tag.
const RAW_TEXT: &[&str] =
    &["script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "plaintext"];

/// A piece of HTML; ranges are bytes of the scanned text.
#[derive(Debug, PartialEq)]
pub(crate) enum Token<'a> {
    /// Character data.
    Text(Range<usize>),
    /// A start or end tag.
    Tag(Tag<'a>),
    /// The content of a raw text element.
    Raw(Range<usize>),
    /// A comment, doctype, processing instruction or what the tokenizer reads as a comment.
    Comment(Range<usize>),
}

/// A start or end tag.
#[derive(Debug, PartialEq)]
pub(crate) struct Tag<'a> {
    /// The whole tag, `<` and `>` included.
    pub(crate) range: Range<usize>,
    /// Its name as written.
    pub(crate) name: &'a str,
    /// Whether it is an end tag.
    pub(crate) closing: bool,
}

impl Tag<'_> {
    /// Returns whether the tag has this name, in any case.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// Iterates over the tokens of a text. They are contiguous and cover it.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    raw: Option<&'a str>,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Scanner { text, at: 0, raw: None }
    }

    fn tag(&mut self, start: usize, name_at: usize, closing: bool) -> Token<'a> {
        let bytes = self.text.as_bytes();
        let name_end = bytes[name_at..]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'))
            .map_or(bytes.len(), |n| name_at + n);
        let name = &self.text[name_at..name_end];
        let end = tag_end(bytes, name_end);
        self.at = end;
        if !closing && RAW_TEXT.iter().any(|raw| raw.eq_ignore_ascii_case(name)) {
            self.raw = Some(name);
        }
        Token::Tag(Tag { range: start..end, name, closing })
    }

    /// Reads what starts with `<`; `None` when that is plain text.
    fn markup(&mut self, start: usize) -> Option<Token<'a>> {
        let bytes = self.text.as_bytes();
        match *bytes.get(start + 1)? {
            b if b.is_ascii_alphabetic() => Some(self.tag(start, start + 1, false)),
            b'/' if bytes.get(start + 2).is_some_and(u8::is_ascii_alphabetic) => {
                Some(self.tag(start, start + 2, true))
            }
            b'/' | b'!' | b'?' => {
                let rest = &bytes[start..];
                let end = if rest.starts_with(b"<!--") {
                    // `<!-->` and `<!--->` are whole comments: the search starts at the second dash.
                    memmem::find(&rest[2..], b"-->").map(|n| start + 2 + n + 3)
                } else {
                    memchr(b'>', rest).map(|n| start + n + 1)
                };
                self.at = end.unwrap_or(bytes.len());
                Some(Token::Comment(start..self.at))
            }
            _ => None,
        }
    }
}

/// Returns where the tag that is open at `at` ends, one past its `>`.
fn tag_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&b) = bytes.get(at) {
        at += 1;
        match b {
            b'>' => return at,
            b'=' => {
                while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                    at += 1;
                }
                if let Some(&quote @ (b'"' | b'\'')) = bytes.get(at) {
                    at = memchr(quote, &bytes[at + 1..]).map_or(bytes.len(), |n| at + 1 + n + 1);
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

/// Iterates over the attributes of a start tag, given from its `<` on: names and values as written, without
/// quotes.
pub(crate) fn attributes(tag: &str) -> impl Iterator<Item = (&str, &str)> {
    let name_end = tag.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').unwrap_or(tag.len());
    let mut rest = &tag[name_end..];
    std::iter::from_fn(move || {
        let space = |c: char| c.is_ascii_whitespace();
        rest = rest.trim_start_matches(|c: char| space(c) || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return None;
        }
        // A name holds at least its first character, which may be `=`.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest[first..]
            .find(|c: char| space(c) || matches!(c, '=' | '/' | '>'))
            .map_or(rest.len(), |n| n + first);
        let name = &rest[..end];
        rest = rest[end..].trim_start_matches(space);
        let Some(value) = rest.strip_prefix('=') else { return Some((name, "")) };
        let value = value.trim_start_matches(space);
        let (value, after) = match value.as_bytes().first() {
            Some(&quote @ (b'"' | b'\'')) => {
                let value = &value[1..];
                value.split_once(char::from(quote)).unwrap_or((value, ""))
            }
            _ => value.split_at(value.find(|c: char| space(c) || c == '>').unwrap_or(value.len())),
        };
        rest = after;
        Some((name, value))
    })
}

/// Returns where the end tag of a raw text element starts.
fn raw_end(text: &str, from: usize, name: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while let Some(n) = memmem::find(&bytes[at..], b"</") {
        let name_at = at + n + 2;
        let after = name_at + name.len();
        let named = bytes.get(name_at..after).is_some_and(|b| b.eq_ignore_ascii_case(name.as_bytes()));
        if named && bytes.get(after).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>')) {
            return at + n;
        }
        at = name_at;
    }
    bytes.len()
}

impl<'a> Iterator for Scanner<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let (text, start) = (self.text, self.at);
        if start >= text.len() {
            return None;
        }
        if let Some(name) = self.raw.take() {
            self.at = raw_end(text, start, name);
            if self.at > start {
                return Some(Token::Raw(start..self.at));
            }
        }
        let mut search = start;
        loop {
            match memchr(b'<', &text.as_bytes()[search..]) {
                Some(n) if search + n == start => {
                    if let Some(token) = self.markup(start) {
                        return Some(token);
                    }
                    search = start + 1;
                }
                Some(n) if starts_markup(&text.as_bytes()[search + n..]) => {
                    self.at = search + n;
                    return Some(Token::Text(start..self.at));
                }
                Some(n) => search += n + 1,
                None => {
                    self.at = text.len();
                    return Some(Token::Text(start..self.at));
                }
            }
        }
    }
}

/// Returns whether the tokenizer leaves text at this `<`.
fn starts_markup(bytes: &[u8]) -> bool {
    bytes.get(1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'/' | b'!' | b'?'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(text: &str) -> Vec<String> {
        Scanner::new(text)
            .map(|t| match t {
                Token::Text(r) => format!("text {}", &text[r]),
                Token::Tag(t) => format!("tag {}", &text[t.range]),
                Token::Raw(r) => format!("raw {}", &text[r]),
                Token::Comment(r) => format!("comment {}", &text[r]),
            })
            .collect()
    }

    #[test]
    fn tells_text_from_tags_with_quoted_values() {
        assert_eq!(
            kinds(r#"a < b<p title="x > y" id='"'>c</p>"#),
            ["text a < b", r#"tag <p title="x > y" id='"'>"#, "text c", "tag </p>"]
        );
    }

    #[test]
    fn reads_scripts_as_raw_text_up_to_their_end_tag() {
        assert_eq!(
            kinds("<SCRIPT>if (a</b/) '</scripty'</script >x"),
            ["tag <SCRIPT>", "raw if (a</b/) '</scripty'", "tag </script >", "text x"]
        );
    }

    #[test]
    fn reads_comments_and_what_is_cut_off() {
        assert_eq!(
            kinds("<!-->a<!-- <b> -->c<!d>"),
            ["comment <!-->", "text a", "comment <!-- <b> -->", "text c", "comment <!d>"]
        );
        assert_eq!(kinds("a<b c=\"d"), ["text a", "tag <b c=\"d"]);
        assert_eq!(kinds("<script>x"), ["tag <script>", "raw x"]);
        assert_eq!(kinds("a<"), ["text a<"]);
    }

    #[test]
    fn reads_attributes_in_all_their_forms() {
        let read: Vec<_> = attributes(r#"<a b c=d e = 'f>"' g="h i"j/k=l/>"#).collect();
        assert_eq!(read, [("b", ""), ("c", "d"), ("e", "f>\""), ("g", "h i"), ("j", ""), ("k", "l/")]);
        assert_eq!(attributes("<a =x").collect::<Vec<_>>(), [("=x", "")]);
        assert_eq!(attributes("<a b='c").collect::<Vec<_>>(), [("b", "c")]);
    }

    proptest! {
        #[test]
        fn attributes_never_panic_and_end(tag in r#"<a[ ="'/a>é]{0,30}"#) {
            prop_assert!(attributes(&tag).count() <= tag.len());
        }

        #[test]
        fn tokens_cover_any_text(text in r#"([<>/!"'= a-]|script|--|é){0,60}"#) {
            let mut at = 0;
            for token in Scanner::new(&text) {
                let range = match token {
                    Token::Text(r) | Token::Raw(r) | Token::Comment(r) => r,
                    Token::Tag(t) => t.range,
                };
                prop_assert_eq!(range.start, at);
                prop_assert!(range.end > at);
                at = range.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
