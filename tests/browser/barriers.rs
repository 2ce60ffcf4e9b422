//! An automated look for barriers (axe-core) at every page of the demo, on both sites, and at problems in every state;
//! wide and narrow, light and dark. Serious and critical findings fail; lesser ones are printed.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    cdp::{Browser, Page, chromium},
    demo::Demo,
};

const AXE: &str = include_str!("vendor/axe-core/axe.min.js");
const AXE_README: &str = include_str!("vendor/axe-core/README.md");

#[derive(Deserialize)]
struct Finding {
    id: String,
    impact: Option<String>,
    help: String,
    places: Vec<String>,
}

/// What was found so far: each rule at each element once, with where it was found first.
#[derive(Default)]
struct Findings {
    serious: BTreeMap<String, String>,
    lesser: BTreeMap<String, String>,
}

impl Findings {
    /// Looks at a page as it is, wide and narrow.
    fn look(&mut self, page: &mut Page<'_>, what: &str) -> Result<()> {
        page.eval(&format!("if (!window.axe) {{ {AXE} }}"))?;
        for (width, height) in [(1280, 900), (360, 740)] {
            page.resize(width, height)?;
            // What follows the size of the window has done so after a frame or two.
            page.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")?;
            let found = page.eval(
                "axe.run(document, {resultTypes: ['violations'], iframes: false}).then(r => r.violations.map(v => \
                 ({id: v.id, impact: v.impact, help: v.help, places: v.nodes.map(n => n.html.slice(0, 200) + ' ' + (n.any[0]?.message ?? ''))})))",
            )?;
            let found: Vec<Finding> = serde_json::from_value(found).context("axe did not run")?;
            for finding in found {
                let impact = finding.impact.as_deref().unwrap_or("minor");
                let serious = matches!(impact, "serious" | "critical");
                let rule = format!("{impact}: {}: {}", finding.id, finding.help);
                for place in finding.places {
                    // Of what does not fail, one example of each rule will do.
                    let (found, place) = if serious {
                        (&mut self.serious, format!("{rule}: {place}"))
                    } else {
                        (&mut self.lesser, rule.clone())
                    };
                    found.entry(place).or_insert_with(|| format!("{what}, {width} wide"));
                }
            }
        }
        Ok(())
    }

    fn judge(self) {
        let listed = |found: &BTreeMap<String, String>| {
            found.iter().map(|(finding, place)| format!("{finding}; first on {place}\n")).collect::<String>()
        };
        eprint!("{}", listed(&self.lesser));
        assert!(self.serious.is_empty(), "{}", listed(&self.serious));
    }
}

fn darken(page: &mut Page<'_>) -> Result<()> {
    page.call(
        "Emulation.setEmulatedMedia",
        json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]}),
    )?;
    Ok(())
}

#[test]
fn the_tool_is_the_one_that_is_named() {
    let digest = hex::encode(Sha256::digest(AXE));
    assert!(AXE_README.contains(&digest), "{digest}");
}

#[test]
fn pages_of_the_demo_have_no_serious_barrier() -> Result<()> {
    let Some(command) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(());
    };
    let demo = Demo::start()?;
    let mut browser = Browser::start(&command)?;
    let mut found = Findings::default();
    let course = "/contexts/course-v1:Exedra+Light+demo";
    let library = "/contexts/lib:Exedra:light";
    let reference = "/references/block-v1:Exedra+Light+demo+type@lib_ref+block@refraction";
    let answers = "/answers/block-v1:Exedra+Light+demo+type@problem+block@kind-choice";
    let block = "/xblocks/v2/block-v1:Exedra+Light+demo+type@problem+block@kind-choice/embed/student_view/";
    let both = ["/", course, library, block, "/api/exedra/v1/docs", "/no/such/page"];
    for (site, own) in [(&demo.learn, &[][..]), (&demo.studio, &[reference, answers][..])] {
        let mut page = browser.page(true)?;
        page.open(demo.sign_in(site))?;
        for path in demo.units.iter().map(String::as_str).chain(both).chain(own.iter().copied()) {
            page.open(&format!("{site}{path}"))?;
            found.look(&mut page, &format!("{site}{path}"))?;
        }
    }
    found.judge();
    Ok(())
}

/// Everything there is to see of a problem, in the order in which it comes.
const STATES: &[(&str, &str)] = &[
    ("fresh", ""),
    ("refused", "document.querySelectorAll('button.submit').forEach(b => b.click())"),
    ("hints open", "document.querySelectorAll('.hint-button').forEach(b => b.click())"),
    (
        "answered",
        "document.querySelectorAll('.problem-form').forEach(form => {
            form.querySelectorAll('fieldset').forEach(f => f.querySelector('[type=radio], [type=checkbox]')?.click());
            form.querySelectorAll('select').forEach(s => { s.selectedIndex = 2 });
            form.querySelectorAll('[type=text], textarea').forEach(t => { t.value = '7' });
            form.querySelectorAll('[type=number]').forEach(n => { n.value = '100' });
            form.querySelector('.submit')?.click();
         })",
    ),
    ("answers shown", "document.querySelectorAll('.show').forEach(b => b.click())"),
];

#[test]
fn problems_have_no_serious_barrier_in_any_state() -> Result<()> {
    let Some(command) = chromium() else {
        eprintln!("skipped: Chromium is not installed");
        return Ok(());
    };
    let demo = Demo::start_with_test_content()?;
    let mut browser = Browser::start(&command)?;
    let mut found = Findings::default();
    for dark in [false, true] {
        let mut page = browser.page(true)?;
        page.open(demo.sign_in(&demo.learn))?;
        for path in &demo.units {
            if dark {
                darken(&mut page)?;
            }
            page.open(&format!("{}{path}", demo.learn))?;
            for (state, reached_by) in STATES {
                page.eval(reached_by)?;
                page.wait_for("!document.querySelector('[aria-busy=true]')")?;
                found
                    .look(&mut page, &format!("{path}, {state}, {}", if dark { "dark" } else { "light" }))?;
            }
        }
        // What they answered, as an author is told.
        let mut page = browser.page(true)?;
        if dark {
            darken(&mut page)?;
        }
        page.open(demo.sign_in(&demo.studio))?;
        for problem in ["radio", "checkbox", "formula"] {
            let path = format!("/answers/block-v1:Exedra+Kinds+test+type@problem+block@{problem}");
            page.open(&format!("{}{path}", demo.studio))?;
            let rows = page.eval("document.querySelectorAll('.answers tbody tr').length")?;
            assert!(rows.as_u64().is_some_and(|n| n > 0), "{path} lists answers");
            found.look(&mut page, &path)?;
        }
    }
    found.judge();
    Ok(())
}
