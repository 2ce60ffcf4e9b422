//! `hintgroup`: hints for answers that meet conditions (capa §6.16).

use olx::Element;

use super::GroupHint;
use crate::CapaError;
use crate::correct_map::HintMode;

/// A `hintgroup` whose conditions are what the response compares an answer with.
#[derive(Debug)]
pub(super) struct HintGroup<C> {
    mode: Option<HintMode>,
    /// The conditions by name.
    conditions: Vec<(String, C)>,
    /// The condition each part is for, and its text.
    parts: Vec<(String, String)>,
}

impl<C> HintGroup<C> {
    /// Reads the group of a response, with the conditions of one tag; `None` when it has none of them.
    pub(super) fn read(response: &Element, tag: &str, condition: impl Fn(&Element) -> C) -> Option<Self> {
        let group = response.find("hintgroup")?;
        let conditions: Vec<(String, C)> = group
            .descendants()
            .filter(|element| element.name == tag)
            .map(|element| {
                let name = crate::python::strip(element.attr("name").unwrap_or_default());
                (name.to_owned(), condition(element))
            })
            .collect();
        if conditions.is_empty() {
            return None;
        }
        let parts = group.descendants().filter(|element| element.name == "hintpart").filter_map(|part| {
            Some((part.attr("on")?.to_owned(), part.find("text").map(Element::text).unwrap_or_default()))
        });
        Some(Self {
            mode: HintMode::named(group.attr("mode").unwrap_or("always")),
            conditions,
            parts: parts.collect(),
        })
    }

    /// Returns the conditions.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &C> {
        self.conditions.iter().map(|(_, condition)| condition)
    }

    /// Returns the last part whose condition is met. All conditions are looked at.
    pub(super) fn hint(
        &self,
        mut is_met: impl FnMut(&C) -> Result<bool, CapaError>,
    ) -> Result<Option<GroupHint>, CapaError> {
        let mut met = Vec::new();
        for (name, condition) in &self.conditions {
            if is_met(condition)? {
                met.push(name);
            }
        }
        let part = self.parts.iter().rev().find(|(on, _)| met.contains(&on));
        Ok(part.map(|(_, text)| GroupHint { html: text.clone(), mode: self.mode }))
    }
}
