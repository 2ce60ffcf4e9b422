//! An OpenAPI document as a page to browse.

use serde::Serialize;
use serde_json::Value;

/// What of an OpenAPI document its page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OpenApiPage {
    /// Title of the interface.
    pub title: String,
    /// Its version.
    pub version: String,
    /// What it is for.
    pub description: String,
    /// Where the document itself is.
    pub document_url: String,
    /// Operations by their first tag, in the order of the document.
    pub groups: Vec<OperationGroup>,
}

/// Operations with one tag.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperationGroup {
    /// The tag.
    pub name: String,
    /// Its operations.
    pub operations: Vec<Operation>,
}

/// A method of a path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Operation {
    /// In capitals.
    pub method: String,
    /// Template of the path.
    pub path: String,
    /// A sentence.
    pub summary: String,
    /// More.
    pub description: String,
    /// Parameters.
    pub parameters: Vec<Parameter>,
    /// Media types of the body.
    pub body: Vec<String>,
    /// Status and what it means.
    pub responses: Vec<(String, String)>,
}

/// A parameter of an operation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: String,
    /// Whether it must be given.
    pub required: bool,
    /// Type, as far as a word says it.
    pub kind: String,
    /// What it is for.
    pub description: String,
}

const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "head", "options"];

impl OpenApiPage {
    /// Reads a document. What it does not have is left empty.
    pub fn from_document(document: &Value, document_url: &str) -> Self {
        let mut groups: Vec<OperationGroup> = Vec::new();
        for (path, item) in object(&document["paths"]) {
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let name = operation["tags"][0].as_str().unwrap_or("other");
                let read = Operation::read(method, path, item, operation);
                match groups.iter_mut().find(|group| group.name == name) {
                    Some(group) => group.operations.push(read),
                    None => groups.push(OperationGroup { name: name.to_owned(), operations: vec![read] }),
                }
            }
        }
        let info = &document["info"];
        OpenApiPage {
            title: text(&info["title"]),
            version: text(&info["version"]),
            description: text(&info["description"]),
            document_url: document_url.to_owned(),
            groups,
        }
    }
}

impl Operation {
    fn read(method: &str, path: &str, item: &Value, operation: &Value) -> Self {
        let parameters = list(&item["parameters"]).chain(list(&operation["parameters"]));
        Operation {
            method: method.to_ascii_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]),
            description: text(&operation["description"]),
            parameters: parameters.map(Parameter::read).collect(),
            body: object(&operation["requestBody"]["content"]).map(|(media, _)| media.clone()).collect(),
            responses: object(&operation["responses"])
                .map(|(status, response)| (status.clone(), text(&response["description"])))
                .collect(),
        }
    }
}

impl Parameter {
    fn read(parameter: &Value) -> Self {
        let kind = match &parameter["schema"]["type"] {
            Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
            kind => text(kind),
        };
        Parameter {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            required: parameter["required"].as_bool().unwrap_or(false),
            kind,
            description: text(&parameter["description"]),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
