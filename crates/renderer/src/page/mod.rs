//! Whole pages: the embed page of student-view-html §2 and the site's own.

mod authoring;
mod context;
mod openapi;
mod security;

use minijinja::{Value, value::Serde};
use serde::Serialize;
use xblock::{Resource, ResourceKind, ResourcePlacement};

pub use authoring::{
    AnswerEntry, AnswersPage, BlockChange, CustomizedEntry, CustomizedValue, FieldChange, Form, Publishing,
    QuestionEntry, ReferencePage, TextPiece, Undo, UpdateEntry, UpdatePage, VersionEntry,
};
pub use context::{
    BlockPage, Crumb, ErrorPage, Frame, ListingEntry, ListingPage, PoolEntry, ReferenceBox, Remark,
    SequenceEntry, UnitPage, UpdateNotice,
};
pub use openapi::OpenApiPage;
pub use security::{InvalidOrigin, Nonce, Origin, content_security_policy, with_nonces};

use crate::{
    escape::script_json,
    templates::{TemplateError, Templates},
};

/// What is the same for all pages of a site.
#[derive(Clone, Debug)]
pub struct SiteSettings {
    /// Name of the site, shown in its header and after the title.
    pub name: String,
    /// Path or URL of the site's first page.
    pub home_url: String,
    /// Who may frame pages and receives their messages, beside the site itself.
    pub frame_ancestors: Vec<Origin>,
}

/// A page with the headers it must be sent with.
#[derive(Clone, Debug)]
pub struct Page {
    /// The document.
    pub html: String,
    /// Name and value of headers, `Content-Type` included.
    pub headers: Vec<(&'static str, String)>,
}

/// Makes pages from templates.
pub struct Pages<'a> {
    templates: &'a Templates,
    site: &'a SiteSettings,
}

impl<'a> Pages<'a> {
    /// Returns the page maker of a site.
    pub fn new(templates: &'a Templates, site: &'a SiteSettings) -> Self {
        Pages { templates, site }
    }

    /// Returns a block alone on a page, to be framed (xblock-rest-api §2.7).
    pub fn embed(&self, page: &BlockPage<'_>, nonce: &Nonce) -> Result<Page, TemplateError> {
        self.block("page/embed.html", page, &UnitPage::default(), nonce)
    }

    /// Returns a block on a page of the site, with its surroundings.
    pub fn unit(
        &self,
        page: &BlockPage<'_>,
        surroundings: &UnitPage<'_>,
        nonce: &Nonce,
    ) -> Result<Page, TemplateError> {
        self.block("page/unit.html", page, surroundings, nonce)
    }

    /// Returns a list of links, e.g. the units of a course.
    pub fn listing(
        &self,
        page: &ListingPage<'_>,
        language: &str,
        nonce: &Nonce,
    ) -> Result<Page, TemplateError> {
        self.render("page/listing.html", &self.frame(page.title, language, nonce), page, nonce)
    }

    /// Returns the page that says what learners answered to a block.
    pub fn answers(
        &self,
        page: &AnswersPage<'_>,
        language: &str,
        nonce: &Nonce,
    ) -> Result<Page, TemplateError> {
        self.render("page/answers.html", &self.frame(page.title, language, nonce), page, nonce)
    }

    /// Returns the page on which authors look after a reference.
    pub fn reference(
        &self,
        page: &ReferencePage<'_>,
        language: &str,
        nonce: &Nonce,
    ) -> Result<Page, TemplateError> {
        self.render("page/reference.html", &self.frame(page.title, language, nonce), page, nonce)
    }

    /// Returns the page that says what an update of a reference would change.
    pub fn update(
        &self,
        page: &UpdatePage<'_>,
        language: &str,
        nonce: &Nonce,
    ) -> Result<Page, TemplateError> {
        self.render("page/update.html", &self.frame(page.title, language, nonce), page, nonce)
    }

    /// Returns a page that says what went wrong.
    pub fn error(&self, page: &ErrorPage<'_>, language: &str, nonce: &Nonce) -> Result<Page, TemplateError> {
        self.render("page/error.html", &self.frame(page.title, language, nonce), page, nonce)
    }

    /// Returns the page that shows an OpenAPI document.
    pub fn openapi(&self, page: &OpenApiPage, nonce: &Nonce) -> Result<Page, TemplateError> {
        self.render("page/openapi.html", &self.frame(&page.title, "en", nonce), page, nonce)
    }

    fn frame<'p>(&'p self, title: &'p str, language: &'p str, nonce: &'p Nonce) -> Frame<'p> {
        Frame {
            title,
            language,
            direction: direction(language),
            site_name: &self.site.name,
            home_url: &self.site.home_url,
            nonce: nonce.as_str(),
        }
    }

    fn block(
        &self,
        template: &str,
        page: &BlockPage<'_>,
        surroundings: &UnitPage<'_>,
        nonce: &Nonce,
    ) -> Result<Page, TemplateError> {
        let parents: Vec<&str> = self.site.frame_ancestors.iter().map(Origin::as_str).collect();
        let data = serde_json::json!({ "handlers": page.handler_urls, "parents": parents });
        let data = script_json(&data).map_err(|e| TemplateError::Template {
            name: template.to_owned(),
            message: format!("the data of the page cannot be written: {e}"),
        })?;
        let resources = |placement| resource_html(&page.resources, placement, nonce);
        let context = context::BlockContext {
            title: page.title,
            show_title: page.show_title,
            content: with_nonces(page.content, nonce),
            head: resources(ResourcePlacement::Head),
            foot: resources(ResourcePlacement::Foot),
            data: &data,
            unit: surroundings,
        };
        self.render(template, &self.frame(page.title, page.language, nonce), &context, nonce)
    }

    fn render(
        &self,
        template: &str,
        frame: &Frame<'_>,
        page: &impl Serialize,
        nonce: &Nonce,
    ) -> Result<Page, TemplateError> {
        let context = Value::from(Serde(context::PageContext { frame, page }));
        let html = self.templates.render(template, context)?;
        let headers = vec![
            ("Content-Type", "text/html; charset=utf-8".to_owned()),
            ("Content-Security-Policy", content_security_policy(nonce, &self.site.frame_ancestors)),
            // Frames within the page learn its origin: their messages need an address.
            ("Referrer-Policy", "strict-origin-when-cross-origin".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ];
        Ok(Page { html, headers })
    }
}

/// Returns the HTML of the resources of one place, each once (xblock-core §7).
fn resource_html(resources: &[&Resource], placement: ResourcePlacement, nonce: &Nonce) -> String {
    let mut out = String::new();
    let here = resources.iter().enumerate().filter(|(_, r)| r.placement == placement);
    for (n, resource) in here {
        if resources[..n].contains(resource) {
            continue;
        }
        let text = resource.kind == ResourceKind::Text;
        let parts: [&str; 3] = match resource.mimetype {
            "text/css" if text => ["<style type=\"text/css\">\n", &resource.data, "\n</style>\n"],
            "text/css" => ["<link rel=\"stylesheet\" type=\"text/css\" href=\"", &resource.data, "\">\n"],
            "application/javascript" if text => ["<script>\n", &resource.data, "\n</script>\n"],
            "application/javascript" => ["<script src=\"", &resource.data, "\"></script>\n"],
            _ => ["", &resource.data, "\n"],
        };
        if text {
            out.push_str(&with_nonces(&parts.concat(), nonce));
        } else {
            out.push_str(parts[0]);
            crate::escape::escape_attribute(&mut out, parts[1]);
            out.push_str(parts[2]);
        }
    }
    out
}

/// Returns the writing direction of a language tag.
fn direction(language: &str) -> &'static str {
    match language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
        "ar" | "arc" | "ckb" | "dv" | "fa" | "he" | "ps" | "sd" | "ug" | "ur" | "yi" => "rtl",
        _ => "ltr",
    }
}

#[cfg(test)]
mod tests;
