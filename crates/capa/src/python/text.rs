//! Escaping, trimming and tokenizing as Python's standard library does.

/// Removes white space at both ends as `str.strip()` does (the four separator controls included).
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// Escapes like `html.escape`: quotes become `&quot;` and `&#x27;`.
pub(crate) fn escape_entities(text: &str) -> String {
    escape(text, "&quot;", "&#x27;")
}

/// Escapes with numeric references for quotes: `&#34;` and `&#39;`.
pub(crate) fn escape_numeric(text: &str) -> String {
    escape(text, "&#34;", "&#39;")
}

fn escape(text: &str, quote: &str, apostrophe: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str(quote),
            '\'' => escaped.push_str(apostrophe),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Splits like a non-POSIX `shlex` with quote `'` and separators comma and space. Tokens keep their quotes; an
/// apostrophe between ASCII letters, or after a backslash, is no quote. Returns `None` when a quote is not closed.
pub(crate) fn quoted_tokens(text: &str) -> Option<Vec<String>> {
    /// Stands for an apostrophe that is not a quote; not a character XML can hold.
    const PROTECTED: char = '\u{1}';
    let mut characters = protect_apostrophes(text, PROTECTED).into_iter().peekable();
    let mut tokens = Vec::new();
    while let Some(first) = characters.next() {
        let mut token = String::new();
        match first {
            ',' | ' ' => continue,
            '#' => {
                characters.by_ref().find(|&c| c == '\n');
                continue;
            }
            '\'' => {
                token.push(first);
                loop {
                    let next = characters.next()?;
                    token.push(next);
                    if next == '\'' {
                        break;
                    }
                }
            }
            other => {
                token.push(other);
                while let Some(&next) = characters.peek() {
                    characters.next();
                    match next {
                        ',' | ' ' => break,
                        '#' => {
                            characters.by_ref().find(|&c| c == '\n');
                        }
                        other => token.push(other),
                    }
                }
            }
        }
        tokens.push(token.replace(PROTECTED, "'"));
    }
    Some(tokens)
}

fn protect_apostrophes(text: &str, protected: char) -> Vec<char> {
    let source: Vec<char> = text.chars().collect();
    let letter = |at: Option<&char>| at.is_some_and(char::is_ascii_alphabetic);
    let mut result: Vec<char> = Vec::with_capacity(source.len());
    let mut at = 0;
    while at < source.len() {
        if source[at] == '\\' && source.get(at + 1) == Some(&'\'') {
            result.push(protected);
            at += 2;
            continue;
        }
        let between =
            source[at] == '\'' && at > 0 && letter(source.get(at - 1)) && letter(source.get(at + 1));
        result.push(if between { protected } else { source[at] });
        at += 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_quoted_lists() {
        let tokens = |text: &str| quoted_tokens(text).map(|tokens| tokens.join("|"));
        assert_eq!(tokens("'a','b c', 'd'").as_deref(), Some("'a'|'b c'|'d'"));
        assert_eq!(tokens("a,b c,'d'").as_deref(), Some("a|b|c|'d'"));
        assert_eq!(tokens(r"'don't','it\'s 5'").as_deref(), Some("'don't'|'it's 5'"));
        assert_eq!(tokens("'open"), None);
        assert_eq!(tokens("").as_deref(), Some(""));
    }

    #[test]
    fn escapes_both_ways() {
        assert_eq!(escape_entities(r#"<a b="c'd">&"#), "&lt;a b=&quot;c&#x27;d&quot;&gt;&amp;");
        assert_eq!(escape_numeric(r#""'"#), "&#34;&#39;");
        assert_eq!(strip("\u{1f}\u{a0} x\t"), "x");
    }
}
