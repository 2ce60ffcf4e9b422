//! Rewriting of links in rendered HTML (student-view-html §3).
//!
//! A link is what stands between a quote (`'` or `"`, with an optional backslash before it) and the next quote
//! of the same form, on one line. Unquoted attributes, `srcset` and `url(/static/…)` are not links.

use std::borrow::Cow;

use memchr::memmem;
use percent_encoding::percent_decode_str;

/// Finds the URL of a static file by its path after `/static/`; `None` when there is none.
///
/// What it returns goes into attributes as it is: it must be percent-encoded.
pub type StaticLookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Which links are rewritten, and to what.
#[derive(Clone, Copy)]
pub struct Links<'a> {
    /// Finds static files. Asked for the path as written, query and fragment included, and, when it knows
    /// nothing, for the path percent-decoded; within a course then for the path without query and fragment.
    pub statics: &'a StaticLookup<'a>,
    /// Links into `/static/` that start with this are left alone: the name of the course's data directory.
    pub data_dir: &'a str,
    /// Links within a course.
    pub course: Option<CourseLinks<'a>>,
}

/// Where links within a course lead.
#[derive(Clone, Copy, Debug)]
pub struct CourseLinks<'a> {
    /// The course key as text: `/course/REST` becomes `/courses/KEY/REST`.
    pub course_key: &'a str,
    /// `/jump_to_id/REST` becomes this followed by `REST`.
    pub jump_to_id: &'a str,
}

impl<'a> Links<'a> {
    /// Returns the rules of the learning-context runtime: static links only.
    pub fn statics_only(statics: &'a StaticLookup<'a>) -> Self {
        // The text the reference prints where it has no data directory; such links never match there.
        Links { statics, data_dir: "None", course: None }
    }
}

const STATIC: &str = "/static/";
const COURSE: &str = "/course/";
const JUMP: &str = "/jump_to_id/";

/// Returns the text with its links rewritten; the same text, without a copy, when there is none to rewrite.
pub fn rewrite<'t>(text: &'t str, links: &Links<'_>) -> Cow<'t, str> {
    let mut out = String::new();
    match rewrite_from(&mut out, text, links) {
        0 => Cow::Borrowed(text),
        copied => {
            out.push_str(&text[copied..]);
            Cow::Owned(out)
        }
    }
}

/// Appends the text with its links rewritten.
pub fn rewrite_into(out: &mut String, text: &str, links: &Links<'_>) {
    let copied = rewrite_from(out, text, links);
    out.push_str(&text[copied..]);
}

/// Appends what there is up to the end of the last rewritten link, and returns that end.
fn rewrite_from(out: &mut String, text: &str, links: &Links<'_>) -> usize {
    let bytes = text.as_bytes();
    let prefixes: &[&str] = if links.course.is_some() { &[STATIC, COURSE, JUMP] } else { &[STATIC] };
    let mut next: [Option<usize>; 3] = [None; 3];
    for (slot, prefix) in next.iter_mut().zip(prefixes) {
        *slot = memmem::find(bytes, prefix.as_bytes());
    }
    let mut copied = 0;
    // Where the last match ended: matches do not overlap.
    let mut from = 0;
    while let Some((at, which)) =
        next.iter().enumerate().filter_map(|(which, at)| Some(((*at)?, which))).min()
    {
        let Some(&prefix) = prefixes.get(which) else { break };
        let rest_at = at + prefix.len();
        if let Some(end) = link_end(text, from, at, rest_at) {
            if let Some(url) = target(links, prefix, &text[rest_at..end]) {
                out.push_str(&text[copied..at]);
                out.push_str(&url);
                copied = end;
            }
            from = end;
        }
        let search_from = rest_at.max(from);
        for (slot, prefix) in next.iter_mut().zip(prefixes) {
            if slot.is_some_and(|found| found < search_from) {
                *slot = memmem::find(&bytes[search_from..], prefix.as_bytes()).map(|n| search_from + n);
            }
        }
    }
    copied
}

/// Returns where the link whose prefix is at `at` ends, if quotes are around it.
fn link_end(text: &str, from: usize, at: usize, rest_at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let before = bytes.get(from..at)?;
    let quote = *before.last().filter(|b| matches!(b, b'"' | b'\''))?;
    let line = memchr::memchr(b'\n', &bytes[rest_at..]).map_or(bytes.len(), |n| rest_at + n);
    let rest = &bytes[rest_at..line];
    if before.len() >= 2 && before[before.len() - 2] == b'\\' {
        // Without a closing quote of this form the backslash is not part of the opening one.
        if let Some(n) = memmem::find(rest, &[b'\\', quote]) {
            return Some(rest_at + n);
        }
    }
    memchr::memchr(quote, rest).map(|n| rest_at + n)
}

fn target(links: &Links<'_>, prefix: &str, rest: &str) -> Option<String> {
    match (prefix, &links.course) {
        (COURSE, Some(course)) => Some(format!("/courses/{}/{rest}", course.course_key)),
        (JUMP, Some(course)) => Some(format!("{}{rest}", course.jump_to_id)),
        (STATIC, _) if rest.starts_with(links.data_dir) && !links.data_dir.is_empty() => None,
        (STATIC, _) if rest.starts_with("xblock/") || rest.ends_with("?raw") => None,
        (STATIC, course) => static_url(links, rest).or_else(|| {
            let (name, behind) = rest.split_at(rest.find(['?', '#']).filter(|_| course.is_some())?);
            Some(static_url(links, name)? + behind)
        }),
        _ => None,
    }
}

/// Returns the URL of a static file by its path as written or, when that is not known, percent-decoded.
fn static_url(links: &Links<'_>, path: &str) -> Option<String> {
    (links.statics)(path).or_else(|| match percent_decode_str(path).decode_utf8() {
        Ok(Cow::Owned(decoded)) => (links.statics)(&decoded),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(path: &str) -> Option<String> {
        matches!(path, "a.png" | "sub/b c.png" | "a.png?x=1" | "%41.png")
            .then(|| format!("//cdn/{}", path.replace(' ', "%20")))
    }

    fn statics(text: &str) -> String {
        rewrite(text, &Links::statics_only(&known)).into_owned()
    }

    #[test]
    fn rewrites_quoted_static_links_of_known_files() {
        for (text, expected) in [
            (r#"<img src="/static/a.png">"#, r#"<img src="//cdn/a.png">"#),
            ("<img src='/static/a.png'>", "<img src='//cdn/a.png'>"),
            (r#"{"u": "\"/static/a.png\""}"#, r#"{"u": "\"//cdn/a.png\""}"#),
            (r#""/static/sub/b%20c.png""#, r#""//cdn/sub/b%20c.png""#),
            (r#""/static/a.png?x=1""#, r#""//cdn/a.png?x=1""#),
            (r#""/static/%41.png""#, r#""//cdn/%41.png""#),
            (r#""/static/a.png" '/static/a.png'"#, r#""//cdn/a.png" '//cdn/a.png'"#),
            (r#"\"/static/a.png""#, r#"\"//cdn/a.png""#),
        ] {
            assert_eq!(statics(text), expected);
        }
    }

    #[test]
    fn leaves_other_links_alone_without_a_copy() {
        for text in [
            r#"<img src="/static/missing.png">"#,
            r#""/static/a.png?raw""#,
            r#""/static/xblock/a.png""#,
            r#""/static/Nonea.png""#,
            "url(/static/a.png)",
            r#"srcset="/static/a.png 2x, /static/a.png 3x""#,
            "<img src=/static/a.png>",
            r#""/static/a.png'"#,
            "\"/static/a\n.png\"",
            r#""x/static/a.png""#,
            r#""/static/"#,
            r#"'/course/x' "/jump_to_id/y""#,
        ] {
            assert!(matches!(rewrite(text, &Links::statics_only(&known)), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_link_ends_at_its_own_kind_of_quote() {
        let asked = std::cell::RefCell::new(Vec::new());
        let lookup = |path: &str| {
            asked.borrow_mut().push(path.to_owned());
            None
        };
        let text = r#"\"/static/a"b\" '/static/c"d' "/static/e"#;
        assert_eq!(rewrite(text, &Links::statics_only(&lookup)), text);
        assert_eq!(*asked.borrow(), [r#"a"b"#, r#"c"d"#]);
    }

    #[test]
    fn rewrites_course_links_of_a_course() {
        let links = Links {
            statics: &known,
            data_dir: "run",
            course: Some(CourseLinks {
                course_key: "course-v1:A+B+C",
                jump_to_id: "/courses/course-v1:A+B+C/jump_to_id/",
            }),
        };
        for (text, expected) in [
            (r#"<a href="/course/about">"#, r#"<a href="/courses/course-v1:A+B+C/about">"#),
            ("<a href='/jump_to_id/u1'>", "<a href='/courses/course-v1:A+B+C/jump_to_id/u1'>"),
            (r#""/static/sub/b%20c.png?y=1#z""#, r#""//cdn/sub/b%20c.png?y=1#z""#),
            (r#""/static/a.png#z?""#, r#""//cdn/a.png#z?""#),
            (r#""/static/a.png?x=1""#, r#""//cdn/a.png?x=1""#),
            (r#""/static/missing.png?x""#, r#""/static/missing.png?x""#),
            (r#""/static/a.png?raw""#, r#""/static/a.png?raw""#),
            (r#""/static/run/x""#, r#""/static/run/x""#),
        ] {
            assert_eq!(rewrite(text, &links), expected);
        }
    }

    #[test]
    fn query_and_fragment_are_part_of_the_name_outside_courses() {
        for text in [r#""/static/a.png?y=1""#, r#""/static/a.png#z""#] {
            assert_eq!(statics(text), text);
        }
    }

    proptest! {
        #[test]
        fn without_known_files_any_text_is_unchanged(text in r#"(["'\\ \n]|/static/|/course/|/jump_to_id/|[a-z%4é]){0,40}"#) {
            let links = Links::statics_only(&|_| None);
            prop_assert_eq!(rewrite(&text, &links), text.as_str());
        }

        #[test]
        fn appends_what_it_returns(text in r#"(["'\\ ]|/static/|/course/|a\.png|é){0,40}"#) {
            let links = Links {
                statics: &known,
                data_dir: "",
                course: Some(CourseLinks { course_key: "k", jump_to_id: "j" }),
            };
            let mut out = String::from("x");
            rewrite_into(&mut out, &text, &links);
            let whole = rewrite(&text, &links);
            prop_assert_eq!(&out[1..], whole.as_ref());
        }
    }
}
