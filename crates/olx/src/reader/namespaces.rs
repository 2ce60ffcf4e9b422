//! The namespace prefixes in force.

use std::collections::HashMap;
use std::sync::Arc;

use crate::Attribute;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Declarations by prefix, innermost last; the empty prefix is the default namespace.
///
/// A map of stacks keeps a lookup constant however many prefixes a hostile document declares.
#[derive(Default)]
pub(super) struct Namespaces {
    declared: HashMap<String, Vec<Arc<str>>>,
}

impl Namespaces {
    /// Enters an element and returns the prefixes it declares, for [`Namespaces::leave`].
    pub(super) fn declare(&mut self, attributes: &[Attribute]) -> Result<Vec<String>, String> {
        let mut entered = Vec::new();
        for attribute in attributes {
            let prefix = match attribute.name.as_str() {
                "xmlns" => "",
                name => match name.strip_prefix("xmlns:") {
                    Some("xml" | "xmlns") => return Err(format!("`{name}` may not be declared")),
                    Some(prefix) if attribute.value.is_empty() => {
                        return Err(format!("namespace prefix `{prefix}` is declared empty"));
                    }
                    Some(prefix) => prefix,
                    None => continue,
                },
            };
            self.declared.entry(prefix.to_owned()).or_default().push(Arc::from(attribute.value.as_str()));
            entered.push(prefix.to_owned());
        }
        Ok(entered)
    }

    /// Leaves the element that declared these prefixes.
    pub(super) fn leave(&mut self, entered: &[String]) {
        for prefix in entered {
            if let Some(stack) = self.declared.get_mut(prefix) {
                stack.pop();
            }
        }
    }

    /// Returns the namespace of a prefix.
    pub(super) fn get(&self, prefix: &str) -> Option<Arc<str>> {
        if prefix == "xml" {
            return Some(Arc::from(XML));
        }
        self.declared.get(prefix)?.last().filter(|uri| !uri.is_empty()).cloned()
    }
}
