//! Texts as words, numbers and marks.

/// Splits a text into words, numbers and single characters; white space is one space.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let chars: Vec<char> = text.chars().filter(|&c| c != '\0').collect();
    let mut at = 0;
    while let Some(&first) = chars.get(at) {
        at += 1;
        if first.is_whitespace() {
            out.push(" ".to_owned());
            continue;
        }
        if !(first.is_alphabetic() || first.is_ascii_digit()) {
            out.push(first.to_string());
            continue;
        }
        let mut token = first.to_string();
        let mut in_word = first.is_alphabetic();
        let mut seen_letters = in_word;
        let mut dotted = false;
        while let Some(&c) = chars.get(at) {
            let after_dot = token.ends_with(['.', ',']);
            let belongs = match (dotted, in_word) {
                (false, true) => c.is_alphabetic() || c == '.',
                (false, false) => c.is_ascii_digit() || c == '.' || (c == ',' && token.len() >= 2),
                (true, true) => c == '.' || c.is_alphabetic() || (c.is_ascii_digit() && token.ends_with('.')),
                (true, false) => {
                    c == '.' || c.is_ascii_digit() || (c.is_alphabetic() && token.ends_with('.'))
                }
            };
            if !belongs {
                break;
            }
            dotted = dotted || matches!(c, '.' | ',');
            if dotted && after_dot && c.is_alphanumeric() {
                in_word = c.is_alphabetic();
            }
            seen_letters = seen_letters || c.is_alphabetic();
            token.push(c);
            at += 1;
        }
        let dots = token.matches('.').count();
        if dotted && (seen_letters || dots > 1 || token.ends_with(['.', ','])) {
            out.extend(split_keeping(&token));
        } else if dotted && dots == 0 {
            out.push(token.replace(',', "."));
        } else {
            out.push(token);
        }
    }
    out
}

/// Splits at dots and commas and keeps them.
fn split_keeping(token: &str) -> Vec<String> {
    token
        .split_inclusive(['.', ','])
        .flat_map(|piece| {
            let (text, mark) = match piece.strip_suffix(['.', ',']) {
                Some(text) => (text, &piece[text.len()..]),
                None => (piece, ""),
            };
            [text.to_owned(), mark.to_owned()]
        })
        .filter(|piece| !piece.is_empty())
        .collect()
}
