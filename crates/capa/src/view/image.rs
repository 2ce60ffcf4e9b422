//! The view of a picture to point at.

use std::sync::Arc;

use serde::Serialize;

use crate::answers::Value;
use crate::inputs::ImageInput;
use crate::instance::Instance;
use crate::responses::answered_point;

/// A picture to point at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageView {
    /// Where the picture is.
    pub src: Arc<str>,
    /// Its width in pixels, as the author wrote it.
    pub width: Arc<str>,
    /// Its height in pixels, as the author wrote it.
    pub height: Arc<str>,
    /// What it shows; empty when the author did not say.
    pub alt: Arc<str>,
    /// What was answered.
    pub value: String,
    /// The answer as pixels from the left and from the top.
    pub point: Option<(f64, f64)>,
}

impl Instance<'_> {
    pub(super) fn image_view(&self, image: &ImageInput, value: Option<&Value>) -> ImageView {
        let value = value.and_then(Value::as_text).unwrap_or_default();
        ImageView {
            src: image.src.resolve(&self.vars),
            width: image.width.resolve(&self.vars),
            height: image.height.resolve(&self.vars),
            alt: image.alt.resolve(&self.vars),
            point: answered_point(value),
            value: value.to_owned(),
        }
    }
}
