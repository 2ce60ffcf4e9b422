//! The template engine: minijinja with autoescaping, in which an undefined variable, and printing a boolean or
//! nothing, are errors.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, value::ValueKind};
use thiserror::Error as ThisError;
use xblock::{TemplateEngine, ViewError};

use crate::{assets::asset, escape::escape_attribute};

mod table {
    include!(concat!(env!("OUT_DIR"), "/templates.rs"));
}

/// A template that could not be read or rendered.
#[derive(Debug, ThisError)]
pub enum TemplateError {
    /// A template folder could not be read.
    #[error("cannot read templates from {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A template is wrong, or wrong for its context.
    #[error("template {name}: {message}")]
    Template {
        /// Its name.
        name: String,
        /// What is wrong, with the line.
        message: String,
    },
}

impl TemplateError {
    fn new(name: &str, error: &Error) -> Self {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            message.push_str(": ");
            message.push_str(&inner.to_string());
            cause = inner.source();
        }
        TemplateError::Template { name: error.name().unwrap_or(name).to_owned(), message }
    }
}

/// The templates of `templates/`, by their path in it (`page/unit.html`, `blocks/vertical/view.html`).
///
/// Beside minijinja's own, templates have the function `url_for_asset(name)`, the URL of a client file.
pub struct Templates {
    source: Source,
}

enum Source {
    Embedded(Box<Environment<'static>>),
    Folder(PathBuf),
}

impl Templates {
    /// Returns the templates. A debug build reads them from the source tree, if it is still there, at every
    /// rendering, so that they can be edited while the server runs.
    pub fn new() -> Result<Self, TemplateError> {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../templates"));
        if cfg!(debug_assertions) && folder.is_dir() { Self::from_folder(folder) } else { Self::embedded() }
    }

    /// Returns the templates built into the binary.
    pub fn embedded() -> Result<Self, TemplateError> {
        let mut environment = environment();
        for (name, source) in table::TEMPLATES {
            environment.add_template(name, source).map_err(|e| TemplateError::new(name, &e))?;
        }
        Ok(Templates { source: Source::Embedded(Box::new(environment)) })
    }

    /// Returns templates that are read from a folder at every rendering. Fails when one of them cannot be read.
    pub fn from_folder(folder: &Path) -> Result<Self, TemplateError> {
        read_folder(folder)?;
        Ok(Templates { source: Source::Folder(folder.to_owned()) })
    }

    /// Returns the names of the built-in templates, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        table::TEMPLATES.iter().map(|(name, _)| *name)
    }

    /// Renders a template by name.
    pub fn render(&self, name: &str, context: Value) -> Result<String, TemplateError> {
        let fail = |e: Error| TemplateError::new(name, &e);
        match &self.source {
            Source::Embedded(environment) => {
                environment.get_template(name).and_then(|t| t.render(context)).map_err(fail)
            }
            Source::Folder(folder) => {
                let environment = read_folder(folder)?;
                environment.get_template(name).and_then(|t| t.render(context)).map_err(fail)
            }
        }
    }
}

impl TemplateEngine for Templates {
    fn render(&self, name: &str, context: Value) -> Result<String, ViewError> {
        Templates::render(self, name, context).map_err(|e| ViewError::Failed(e.to_string()))
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_formatter(|out, state, value| match (value.kind(), value.as_str()) {
        (ValueKind::Bool | ValueKind::None, _) => {
            let what = format!("'{value}' is printed: say what it means in words");
            Err(Error::new(ErrorKind::InvalidOperation, what))
        }
        // Unlike minijinja's own escaping, slashes stay: links to static files are rewritten afterwards.
        (ValueKind::String, Some(text)) if !value.is_safe() => {
            let mut escaped = String::with_capacity(text.len() + 16);
            escape_attribute(&mut escaped, text);
            out.write_str(&escaped).map_err(Error::from)
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    environment.add_function("url_for_asset", |name: &str| {
        let unknown =
            || Error::new(ErrorKind::InvalidOperation, format!("no client file is called '{name}'"));
        asset(name).map(|a| a.url.clone()).ok_or_else(unknown)
    });
    environment
}

fn read_folder(folder: &Path) -> Result<Environment<'static>, TemplateError> {
    let mut environment = environment();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((at, prefix)) = folders.pop() {
        let fail = |source| TemplateError::Folder { path: at.clone(), source };
        for entry in fs::read_dir(&at).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(fail)?.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else if name.ends_with(".html") {
                let source = fs::read_to_string(entry.path()).map_err(fail)?;
                let added = environment.add_template_owned(name.clone(), source);
                added.map_err(|e| TemplateError::new(&name, &e))?;
            }
        }
    }
    Ok(environment)
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Templates) {
        let folder = tempfile::tempdir().unwrap();
        for (name, source) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, source).unwrap();
        }
        let templates = Templates::from_folder(folder.path()).unwrap();
        (folder, templates)
    }

    #[test]
    fn escapes_and_finds_templates_in_folders() {
        let (_folder, templates) = folder(&[
            ("a/view.html", "{% include 'b.html' %}!"),
            ("b.html", "<p title=\"{{ x }}\">{{ x }}</p>"),
        ]);
        assert_eq!(
            templates.render("a/view.html", context! { x => "<'\"&/>" }).unwrap(),
            "<p title=\"&lt;&#39;&#34;&amp;/&gt;\">&lt;&#39;&#34;&amp;/&gt;</p>!"
        );
    }

    #[test]
    fn undefined_variables_booleans_and_nothing_are_errors() {
        let (_folder, templates) = folder(&[("x.html", "<p>\n{{ x }}</p>")]);
        for value in [context! {}, context! { x => true }, context! { x => () }] {
            let error = templates.render("x.html", value).unwrap_err().to_string();
            assert!(error.starts_with("template x.html: ") && error.contains(":2)"), "{error}");
        }
        assert!(TemplateEngine::render(&templates, "y.html", context! {}).is_err());
    }

    #[test]
    fn a_wrong_template_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("wrong.html"), "{% if %}").unwrap();
        let error = Templates::from_folder(folder.path()).err().unwrap().to_string();
        assert!(error.contains("wrong.html"), "{error}");
    }

    #[test]
    fn knows_the_urls_of_client_files() {
        let (_folder, templates) = folder(&[("x.html", "{{ url_for_asset(name) }}")]);
        let url = templates.render("x.html", context! { name => "runtime.js" }).unwrap();
        assert!(url.starts_with("/static/exedra/") && url.ends_with("/runtime.js"), "{url}");
        assert!(templates.render("x.html", context! { name => "none.js" }).is_err());
    }

    #[test]
    fn every_built_in_template_is_well_formed() {
        assert!(Templates::names().any(|name| name == "page/unit.html"));
        Templates::embedded().unwrap();
        Templates::new().unwrap();
    }
}
