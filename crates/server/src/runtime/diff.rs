//! What is different between two texts, word by word.

/// Most pairs of words that are compared; of texts that differ more, all between the first and the last
/// difference counts as changed.
const MOST_PAIRS: usize = 1_000_000;
/// Words of unchanged text kept on each side of a change.
const AROUND: usize = 14;

/// What became of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is in both texts.
    Same,
    /// It is in the first only.
    Gone,
    /// It is in the second only.
    New,
    /// Text of both that is left out here.
    Gap,
}

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What became of it.
    pub kind: Kind,
    /// The text; empty for gaps.
    pub text: String,
}

/// Compares two texts. How lines are broken does not matter; unchanged text far from any change is left out.
pub fn words(before: &str, after: &str) -> Vec<Piece> {
    let (old, new) = (split(before), split(after));
    let same = |(a, b): &(&&str, &&str)| a.trim_end() == b.trim_end();
    let head = old.iter().zip(&new).take_while(same).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(same).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let mut marked: Vec<(Kind, &str)> = new[..head].iter().map(|word| (Kind::Same, *word)).collect();
    between(&old[head..old_end], &new[head..new_end], &mut marked);
    marked.extend(new[new_end..].iter().map(|word| (Kind::Same, *word)));
    pieces(&marked)
}

/// Returns the text that people read in OLX or HTML: without tags, each block of text on lines of its own.
pub fn readable(olx: &str) -> String {
    let mut text = String::with_capacity(olx.len());
    let mut rest = olx;
    while let Some(at) = rest.find('<') {
        push(&mut text, &rest[..at]);
        rest = &rest[at + 1..];
        if let Some(inside) = rest.strip_prefix("![CDATA[") {
            rest = inside;
            continue;
        }
        let name = rest.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        // What is not followed by a name is no tag, but a sign, as in "g < f".
        if name.is_empty() && !rest.starts_with(['!', '?']) {
            text.push('<');
            continue;
        }
        if !INLINE.contains(&name.to_ascii_lowercase().as_str()) {
            text.push('\n');
        }
        rest = &rest[tag_length(rest)..];
    }
    push(&mut text, rest);
    let text = text.replace("]]>", "\n");
    ENTITIES.iter().fold(text, |text, (entity, sign)| text.replace(entity, sign))
}

/// Adds text in which, as in HTML, a line break is a space.
fn push(text: &mut String, more: &str) {
    text.extend(more.chars().map(|c| if c.is_whitespace() { ' ' } else { c }));
}

/// Tags within a line of text.
const INLINE: [&str; 14] =
    ["a", "abbr", "b", "cite", "code", "em", "i", "kbd", "q", "small", "span", "strong", "sub", "sup"];
/// The last one is for the others: what it makes is not read again.
const ENTITIES: [(&str, &str); 6] =
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")];

/// Returns the length of a tag whose `<` was read; a `>` within quotes is none of its end.
fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    tag.len()
}

/// Returns the words with the white space after them.
fn split(text: &str) -> Vec<&str> {
    text.split_inclusive(char::is_whitespace).filter(|word| !word.trim().is_empty()).collect()
}

/// Marks the words of two texts by their longest common subsequence.
fn between<'t>(old: &[&'t str], new: &[&'t str], marked: &mut Vec<(Kind, &'t str)>) {
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        marked.extend(old.iter().map(|word| (Kind::Gone, *word)));
        marked.extend(new.iter().map(|word| (Kind::New, *word)));
        return;
    }
    let width = new.len() + 1;
    let is_same = |i: usize, j: usize| old[i].trim_end() == new[j].trim_end();
    // The longest common subsequence of what is left from (i, j) on; no side is longer than MOST_PAIRS.
    let mut longest = vec![0u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            longest[i * width + j] = match is_same(i, j) {
                true => longest[(i + 1) * width + j + 1] + 1,
                false => longest[(i + 1) * width + j].max(longest[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if is_same(i, j) {
            marked.push((Kind::Same, new[j]));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            marked.push((Kind::Gone, old[i]));
            i += 1;
        } else {
            marked.push((Kind::New, new[j]));
            j += 1;
        }
    }
    marked.extend(old[i..].iter().map(|word| (Kind::Gone, *word)));
    marked.extend(new[j..].iter().map(|word| (Kind::New, *word)));
}

/// Joins words to pieces.
fn pieces(marked: &[(Kind, &str)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let runs: Vec<&[(Kind, &str)]> = marked.chunk_by(|a, b| a.0 == b.0).collect();
    for (at, run) in runs.iter().enumerate() {
        let kind = run[0].0;
        let text = |words: &[(Kind, &str)]| words.iter().map(|(_, word)| *word).collect::<String>();
        if kind != Kind::Same {
            pieces.push(Piece { kind, text: text(run) });
            continue;
        }
        let before = if at == 0 { 0 } else { AROUND };
        let after = if at + 1 == runs.len() { 0 } else { AROUND };
        if run.len() <= before + after + 1 {
            pieces.push(Piece { kind, text: text(run) });
            continue;
        }
        for (kind, text) in [
            (Kind::Same, text(&run[..before])),
            (Kind::Gap, String::new()),
            (Kind::Same, text(&run[run.len() - after..])),
        ] {
            if kind == Kind::Gap || !text.is_empty() {
                pieces.push(Piece { kind, text });
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(before: &str, after: &str) -> String {
        let piece = |Piece { kind, text }: Piece| match kind {
            Kind::Same => text,
            Kind::Gone => format!("[-{text}]"),
            Kind::New => format!("[+{text}]"),
            Kind::Gap => "…".to_owned(),
        };
        words(before, after).into_iter().map(piece).collect()
    }

    #[test]
    fn what_people_read_has_no_tags() {
        let lines = |olx: &str| -> Vec<String> {
            readable(olx).lines().map(|l| l.trim().to_owned()).filter(|l| !l.is_empty()).collect()
        };
        let html = "<html display_name=\"A > B\"><![CDATA[<p>Two\n<em>words</em>,<br>g &lt; f &amp;lt;</p>\n]]></html>";
        assert_eq!(lines(html), ["Two words,", "g < f &lt;"]);
        assert_eq!(lines("a < b, <p class='x>y'>c</p> <unfinished tag"), ["a < b,", "c"]);
        assert_eq!(lines("<"), ["<"]);
    }

    #[test]
    fn words_that_came_and_went_are_told_in_place() {
        assert_eq!(
            told("the lens bends light", "the lens focuses light"),
            "the lens [-bends ][+focuses ]light"
        );
        assert_eq!(told("", "a b"), "[+a b]");
        assert_eq!(told("a b", ""), "[-a b]");
    }

    #[test]
    fn breaking_lines_elsewhere_changes_nothing() {
        assert_eq!(told("one two\nthree  four", "one\ntwo three\n\nfour"), "…");
        assert_eq!(told("a\nb c", "a b d"), "a b [-c][+d]");
    }

    #[test]
    fn text_far_from_changes_is_left_out() {
        let long = "same ".repeat(100);
        let found = words(&format!("x {long}y"), &format!("{long}z"));
        let kinds: Vec<Kind> = found.iter().map(|piece| piece.kind).collect();
        assert_eq!(kinds, [Kind::Gone, Kind::Same, Kind::Gap, Kind::Same, Kind::Gone, Kind::New]);
        assert_eq!(found[1].text.split_whitespace().count(), AROUND);
    }

    #[test]
    fn texts_without_anything_in_common_are_not_compared_for_ever() {
        let text = |word: &str| (0..3_000).map(|n| format!("{word}{n} ")).collect::<String>();
        let kinds: Vec<Kind> = words(&text("a"), &text("b")).iter().map(|piece| piece.kind).collect();
        assert_eq!(kinds, [Kind::Gone, Kind::New]);
    }

    #[test]
    fn what_is_kept_and_new_is_the_second_text() {
        let words_of = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (before, after) = ("a b c a b b a", "c b a b a c");
        let found = words(before, after);
        let side = |not: Kind| -> String {
            found.iter().filter(|p| p.kind != not).map(|p| format!("{} ", p.text)).collect()
        };
        assert_eq!(words_of(&side(Kind::Gone)), words_of(after));
        assert_eq!(words_of(&side(Kind::New)), words_of(before));
    }
}
