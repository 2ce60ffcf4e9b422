//! `<xblock-include>`: a child that is defined elsewhere (learning-context-plugin §5.4).

use thiserror::Error;

use crate::Element;

/// Tag of an include.
const TAG: &str = "xblock-include";

/// A child that stands for a definition elsewhere in the bundle or in a linked one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Block type of the definition.
    pub definition_type: String,
    /// Id of the definition among those of its type.
    pub definition_id: String,
    /// Name of the bundle link to follow; none means the same bundle.
    pub source: Option<String>,
    /// Usage id to use in place of the definition id.
    pub usage: Option<String>,
}

/// Why an element is no include.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IncludeError {
    /// Another element stands where only includes may.
    #[error("expected <xblock-include>, found <{0}>")]
    UnexpectedTag(String),
    /// The include does not say what it includes.
    #[error("<xblock-include> is missing required attribute \"definition\"")]
    MissingDefinition,
    /// The definition is not of the form `block_type/id`.
    #[error("<xblock-include> attribute \"definition\" is malformed: {0:?} is not block_type/definition_id")]
    MalformedDefinition(String),
}

impl Include {
    /// Reads an include from its element; attributes it does not know are ignored.
    ///
    /// # Errors
    /// Another tag, or a `definition` that is missing or has not exactly one slash between two names.
    pub fn from_element(element: &Element) -> Result<Self, IncludeError> {
        if element.name != TAG {
            return Err(IncludeError::UnexpectedTag(element.name.clone()));
        }
        let definition = element.attr("definition").ok_or(IncludeError::MissingDefinition)?;
        let malformed = || IncludeError::MalformedDefinition(definition.to_owned());
        let (definition_type, definition_id) = definition.split_once('/').ok_or_else(malformed)?;
        if definition_type.is_empty() || definition_id.is_empty() || definition_id.contains('/') {
            return Err(malformed());
        }
        let optional = |name| element.attr(name).filter(|value| !value.is_empty()).map(str::to_owned);
        Ok(Include {
            definition_type: definition_type.to_owned(),
            definition_id: definition_id.to_owned(),
            source: optional("source"),
            usage: optional("usage"),
        })
    }

    /// Returns whether the element is an include, well-formed or not.
    pub fn is_include(element: &Element) -> bool {
        element.name == TAG
    }

    /// Returns the include as an element.
    pub fn to_element(&self) -> Element {
        let definition = format!("{}/{}", self.definition_type, self.definition_id);
        let mut element = Element::new(TAG).with_attr("definition", definition);
        for (name, value) in [("usage", &self.usage), ("source", &self.source)] {
            if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
                element.set_attr(name, value);
            }
        }
        element
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, Limits};

    fn read(text: &str) -> Result<Include, IncludeError> {
        Include::from_element(&Document::parse(text, &Limits::default()).unwrap().root)
    }

    #[test]
    fn reads_and_prints_in_the_order_of_the_format() {
        let include = read("<xblock-include source='l1' x='y' definition='html/h1' usage='a'/>").unwrap();
        assert_eq!(
            include.to_element().outer_xml(),
            r#"<xblock-include definition="html/h1" usage="a" source="l1"/>"#
        );
        assert_eq!(Include::from_element(&include.to_element()), Ok(include));
        let plain = read("<xblock-include definition='html/h1' source='' usage=''/>").unwrap();
        assert_eq!((plain.source.as_ref(), plain.usage.as_ref()), (None, None));
        assert_eq!(plain.to_element().outer_xml(), r#"<xblock-include definition="html/h1"/>"#);
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(read("<html/>"), Err(IncludeError::UnexpectedTag("html".to_owned())));
        assert_eq!(read("<xblock-include/>"), Err(IncludeError::MissingDefinition));
        for bad in ["html", "a/b/c", "/b", "a/", ""] {
            let result = read(&format!("<xblock-include definition='{bad}'/>"));
            assert_eq!(result, Err(IncludeError::MalformedDefinition(bad.to_owned())));
        }
    }
}
