//! One problem of a page, as a learner meets it. Works the same with and without scripts.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cdp::Page;

/// What a learner does to a problem.
#[derive(Clone, Copy)]
pub(crate) enum Step<'s> {
    /// Clicks on an element of the problem.
    Click(&'s str),
    /// Replaces the text of a field.
    Type(&'s str, &'s str),
    /// Picks an option of a dropdown by its text.
    Pick(&'s str, &'s str),
}

/// A problem, by the last part of its key.
pub(crate) struct Question<'q, 'p> {
    pub(crate) page: &'q mut Page<'p>,
    frame: String,
}

impl<'q, 'p> Question<'q, 'p> {
    pub(crate) fn new(page: &'q mut Page<'p>, id: &str) -> Self {
        Question { page, frame: format!("#problem_{id}") }
    }

    fn within(&self, selector: &str) -> String {
        format!("{} {selector}", self.frame)
    }

    /// Returns the value of an expression in which `$` is the problem's frame.
    pub(crate) fn eval(&mut self, expression: &str) -> Result<Value> {
        self.page.eval(&format!("(($) => {expression})(document.querySelector({:?}))", self.frame))
    }

    /// Waits until an expression in which `$` is the problem's frame is true.
    pub(crate) fn wait_for(&mut self, expression: &str) -> Result<()> {
        self.page.wait_for(&format!("(($) => $ && {expression})(document.querySelector({:?}))", self.frame))
    }

    pub(crate) fn click(&mut self, selector: &str) -> Result<()> {
        let selector = self.within(selector);
        self.page.click(&selector)
    }

    pub(crate) fn count(&mut self, selector: &str) -> Result<u64> {
        self.eval(&format!("$.querySelectorAll({selector:?}).length"))?.as_u64().context("a number")
    }

    /// Returns the text that is shown of the first element a selector finds; nothing when there is none.
    pub(crate) fn text(&mut self, selector: &str) -> Result<String> {
        let text = self.eval(&format!("$.querySelector({selector:?})?.innerText ?? ''"))?;
        Ok(text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Returns what the notes say that are shown.
    pub(crate) fn notes(&mut self) -> Result<String> {
        let notes = self.eval(
            "[...$.querySelectorAll('.action > .notification')].filter(n => n.checkVisibility()).map(n => n.querySelector('.notification-message').innerText).join(' | ')",
        )?;
        Ok(notes.as_str().unwrap_or_default().to_owned())
    }

    /// Returns the verdict beside each input.
    pub(crate) fn statuses(&mut self) -> Result<Vec<String>> {
        let found = self.eval("[...$.querySelectorAll('.status > .sr')].map(s => s.textContent)")?;
        Ok(serde_json::from_value(found)?)
    }

    pub(crate) fn act(&mut self, steps: &[Step<'_>]) -> Result<()> {
        for step in steps {
            match *step {
                Step::Click(selector) => self.click(selector)?,
                Step::Type(selector, text) => {
                    self.click(selector)?;
                    self.page.eval("document.activeElement.select()")?;
                    self.page.type_text(text)?;
                }
                Step::Pick(selector, text) => {
                    let picked = self.eval(&format!(
                        "{{ const s = $.querySelector({selector:?}); const o = [...s.options].find(o => o.text === {text:?}); \
                         if (!o) return false; s.value = o.value; s.dispatchEvent(new Event('input', {{bubbles: true}})); return true }}"
                    ))?;
                    if picked != true {
                        bail!("{selector} has no option {text}");
                    }
                }
            }
        }
        Ok(())
    }

    /// Presses a button and waits until the content was replaced, by the script or by another page.
    pub(crate) fn press(&mut self, button: &str) -> Result<()> {
        self.eval("{ $.querySelector('.problem').dataset.old = '1' }")?;
        self.click(button)?;
        self.wait_for(
            "document.readyState === 'complete' && $.querySelector('.problem:not([data-old])') !== null",
        )
    }

    pub(crate) fn submit(&mut self) -> Result<()> {
        self.press("button.submit")
    }

    /// What the status line for screen readers says.
    pub(crate) fn said(&mut self) -> Result<String> {
        Ok(self
            .eval("$.parentElement.querySelector('[role=status]').textContent")?
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// Whether the focus is on an element of the problem that a selector finds.
    pub(crate) fn focused(&mut self, selector: &str) -> Result<bool> {
        Ok(self.eval(&format!(
            "$.contains(document.activeElement) && document.activeElement.matches({selector:?})"
        ))? == true)
    }
}
