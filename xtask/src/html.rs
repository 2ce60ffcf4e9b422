//! Whether a page is one a browser reads as it was meant.

use std::collections::BTreeSet;

use scraper::{ElementRef, Html, Selector};

/// What is wrong with a page.
#[derive(Default)]
pub(crate) struct Verdict {
    /// What breaks the page; there must be none.
    pub(crate) faults: Vec<String>,
    /// What the parser corrected on its way; author HTML has a lot of it.
    pub(crate) corrections: Vec<String>,
}

/// Judges a page: language, one title, one main part, header and footer where they belong (so no content broke
/// out of its place), wrappers nested and complete, ids unique, no script of another host.
pub(crate) fn judge(text: &str) -> Verdict {
    let page = Html::parse_document(text);
    let mut verdict =
        Verdict { corrections: page.errors.iter().map(|e| e.to_string()).collect(), ..Verdict::default() };
    let all = |selector: &str| -> Vec<ElementRef<'_>> {
        Selector::parse(selector).map(|s| page.select(&s).collect()).unwrap_or_default()
    };
    let mut must = |holds: bool, what: &str| {
        if !holds {
            verdict.faults.push(what.to_owned());
        }
    };
    must(text.starts_with("<!doctype html>") || text.starts_with("<!DOCTYPE html>"), "no doctype");
    must(all("html[lang]").len() == 1, "no language");
    must(all("head > title").len() == 1, "not exactly one title in the head");
    must(all("main").len() == 1, "not exactly one main part");
    must(
        all("body > footer.site-footer").len() == 1,
        "content broke out: the footer is not where it belongs",
    );
    let outside = all(".xblock-v1").into_iter().filter(|e| !within(*e, "main")).count();
    must(outside == 0, "content broke out: a block is outside of the main part");
    let mut ids = BTreeSet::new();
    let doubled: BTreeSet<_> = all("[id]")
        .into_iter()
        .filter_map(|e| e.attr("id"))
        .filter(|id| !ids.insert(id.to_string()))
        .collect();
    for id in doubled {
        verdict.corrections.push(format!("the id '{id}' is used twice"));
    }
    for element in all("script[src], link[rel=stylesheet][href]") {
        let url = element.attr("src").or(element.attr("href")).unwrap_or_default();
        if !url.starts_with('/') && !url.starts_with("http://127.0.0.1") {
            verdict.corrections.push(format!("a script or style sheet of another host: {url}"));
        }
    }
    verdict
}

fn within(element: ElementRef<'_>, name: &str) -> bool {
    element.ancestors().filter_map(ElementRef::wrap).any(|a| a.value().name() == name)
}

/// Returns block type and whether it is a placeholder for every block on a page.
pub(crate) fn blocks(text: &str) -> Vec<(String, bool)> {
    let page = Html::parse_document(text);
    let (Ok(wrapper), Ok(placeholder)) =
        (Selector::parse(".xblock-v1[data-block-type]"), Selector::parse(".block-unavailable"))
    else {
        return Vec::new();
    };
    page.select(&wrapper)
        .map(|e| (e.attr("data-block-type").unwrap_or_default().to_owned(), is_placeholder(e, &placeholder)))
        .collect()
}

fn is_placeholder(element: ElementRef<'_>, placeholder: &Selector) -> bool {
    element.child_elements().any(|child| placeholder.matches(&child))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHELL: &str = "<!doctype html><html lang=en><head><title>x</title></head><body><main>CONTENT</main><footer class=site-footer></footer></body></html>";

    #[test]
    fn content_that_breaks_out_is_a_fault() {
        let judged = |content: &str| judge(&SHELL.replace("CONTENT", content)).faults;
        assert!(judged("<div class='xblock-v1'>a</div>").is_empty());
        assert!(!judged("<div class='xblock-v1'><!-- never closed</div>").is_empty());
        assert!(!judged("</main><div class='xblock-v1'>a</div>").is_empty());
        assert!(!judged("<textarea>").is_empty());
    }
}
