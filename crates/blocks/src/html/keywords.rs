//! The keywords in author HTML that stand for who is looking and where (student-view-html §4).

use std::sync::Arc;

use xblock::{Block, LearnerInfo};

use crate::markup::escape_into;

/// What a keyword stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    /// Id that does not tell who the learner is.
    UserId,
    /// E-mail of the learner.
    UserEmail,
    /// Key of the course or library.
    CourseId,
}

const KEYWORDS: [(&str, Keyword); 3] = [
    ("%%USER_ID%%", Keyword::UserId),
    ("%%USER_EMAIL%%", Keyword::UserEmail),
    ("%%COURSE_ID%%", Keyword::CourseId),
];

impl Keyword {
    /// Returns what the learner reads, escaped. Nobody signed in leaves the keywords about the learner as they
    /// are.
    pub(super) fn value(self, block: &Block<'_>, learner: &LearnerInfo) -> String {
        let context = block.usage.context_key();
        let value = match self {
            Keyword::UserId if learner.anonymous => "%%USER_ID%%",
            Keyword::UserEmail if learner.anonymous => "%%USER_EMAIL%%",
            Keyword::UserId => &learner.anonymous_id,
            Keyword::UserEmail => &learner.email,
            Keyword::CourseId => context.as_ref(),
        };
        let mut out = String::with_capacity(value.len());
        escape_into(&mut out, value);
        out
    }
}

/// Part of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Segment {
    /// HTML.
    Text(Arc<str>),
    /// A keyword.
    Keyword(Keyword),
}

/// Cuts a text at its keywords.
pub(super) fn split(html: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut start = 0;
    let mut from = 0;
    while let Some(at) = html[from..].find("%%").map(|at| from + at) {
        let found = KEYWORDS.iter().find(|(name, _)| html[at..].starts_with(name));
        let Some((name, keyword)) = found else {
            // The next keyword may begin with the second of these two signs.
            from = at + 1;
            continue;
        };
        push_text(&mut segments, &html[start..at]);
        segments.push(Segment::Keyword(*keyword));
        start = at + name.len();
        from = start;
    }
    push_text(&mut segments, &html[start..]);
    segments
}

fn push_text(segments: &mut Vec<Segment>, text: &str) {
    if !text.is_empty() {
        segments.push(Segment::Text(text.into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(html: &str) -> Segment {
        Segment::Text(html.into())
    }

    #[test]
    fn a_text_without_keywords_is_one_segment() {
        assert_eq!(split("<p>100%% of %%users%%</p>"), [text("<p>100%% of %%users%%</p>")]);
        assert_eq!(split(""), []);
    }

    #[test]
    fn cuts_at_every_keyword_also_after_a_stray_percent_sign() {
        let segments = split("%%USER_ID%%%%%COURSE_ID%%<b>%%USER_EMAIL%%");
        assert_eq!(
            segments,
            [
                Segment::Keyword(Keyword::UserId),
                text("%"),
                Segment::Keyword(Keyword::CourseId),
                text("<b>"),
                Segment::Keyword(Keyword::UserEmail),
            ]
        );
    }
}
