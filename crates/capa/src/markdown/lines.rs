//! Lines of a text with their places, and the replacement of runs of them.

/// A line without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// The text of the line.
    pub(super) text: &'t str,
    /// Where the line starts.
    pub(super) start: usize,
}

impl Line<'_> {
    /// Returns where the line ends, before its newline.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Says whether the line holds white space only, or nothing.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Returns the lines of a text; what follows the last newline is a line too.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut start = 0;
    let with_place = |line| {
        let line = Line { text: line, start };
        start = line.end() + 1;
        line
    };
    text.split('\n').map(with_place).collect()
}

/// Returns the place behind all newlines that start at `at`.
pub(super) fn skip_newlines(text: &str, at: usize) -> usize {
    at + text[at..].len() - text[at..].trim_start_matches('\n').len()
}

/// Replaces every run of lines that `is_item` accepts, blank lines between them included.
///
/// A run begins with the blank lines before its first item and takes the newlines behind its last one, so that what
/// is written in its place decides about the space around it. `render` gets the items and the text behind the run; it
/// returns what to write and how much of that text belongs to the run as well.
pub(super) fn replace_runs(
    text: &str,
    is_item: impl Fn(&str) -> bool,
    mut render: impl FnMut(&[Line<'_>], &str) -> (String, usize),
) -> String {
    let lines = lines(text);
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    let mut at = 0;
    while at < lines.len() {
        if lines[at].start < written || !is_item(lines[at].text) {
            at += 1;
            continue;
        }
        let mut first = at;
        while first > 0 && lines[first - 1].is_blank() && lines[first - 1].start >= written {
            first -= 1;
        }
        let (items, next) = run(&lines, at, &is_item);
        let end = items.last().map_or(lines[at].end(), Line::end);
        let behind = skip_newlines(text, end);
        let (rendered, more) = render(&items, &text[behind..]);
        out.push_str(&text[written..lines[first].start]);
        out.push_str(&rendered);
        written = behind + more;
        at = next;
    }
    out.push_str(&text[written.min(text.len())..]);
    out
}

/// Returns the items of the run that starts at a line, and the index behind the last of them.
fn run<'t>(lines: &[Line<'t>], at: usize, is_item: &impl Fn(&str) -> bool) -> (Vec<Line<'t>>, usize) {
    let mut items = Vec::new();
    let mut next = at;
    for (index, line) in lines.iter().enumerate().skip(at) {
        if is_item(line.text) {
            items.push(*line);
            next = index + 1;
        } else if !line.is_blank() {
            break;
        }
    }
    (items, next)
}
