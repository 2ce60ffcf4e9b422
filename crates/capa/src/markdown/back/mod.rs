//! OLX to Markdown.
//!
//! The text is written from the tree, then converted to OLX again and compared: what the text cannot say without
//! being read as something else is found by trying.

mod answers;
mod choices;
mod equal;
mod prose;
mod question;

use olx::{Document, Element, Limits, Node, OlxError};

use super::convert::SEPARATOR;
use super::gather::merge;
use super::{MAX_BYTES, to_olx};

/// Codes of [`Obstacle`].
pub mod codes {
    /// An element that the text has no way to say, or one at a place where it has none.
    pub const ELEMENT: &str = "markdown_element";
    /// An attribute, or a value of one, that the text has no way to say.
    pub const ATTRIBUTE: &str = "markdown_attribute";
    /// Text where the text can only say elements.
    pub const TEXT: &str = "markdown_text";
    /// The text would be read as something else.
    pub const READS_DIFFERENTLY: &str = "markdown_reads_differently";
}

/// Something that keeps a problem from being said in the simple editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// One of [`codes`].
    pub code: &'static str,
    /// The element.
    pub element: String,
    /// Its line, from 1.
    pub line: u32,
    /// What is wrong with it.
    pub message: String,
}

impl Obstacle {
    fn new(code: &'static str, element: &Element, message: impl Into<String>) -> Self {
        Obstacle { code, element: element.name.clone(), line: element.position.line, message: message.into() }
    }

    fn element(element: &Element) -> Self {
        Obstacle::new(codes::ELEMENT, element, format!("<{}> cannot be written here", element.name))
    }
}

/// Why a problem has no Markdown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackError {
    /// The OLX is longer than [`MAX_BYTES`].
    #[error("the problem has {bytes} bytes, more than {MAX_BYTES}")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The OLX is not well-formed.
    #[error(transparent)]
    Malformed(#[from] OlxError),
    /// The root is no problem.
    #[error("<{0}> is no <problem>")]
    NoProblem(String),
    /// The problem has what the simple editor cannot say; there is at least one obstacle.
    #[error("the problem has what the simple editor cannot say")]
    Inexpressible(Vec<Obstacle>),
}

/// Everything that is in the way, in the order it was found.
type Obstacles = Vec<Obstacle>;

/// Converts a problem to the text of the simple editor.
///
/// [`to_olx`] makes of the text a problem that is equal but for white space between elements, and for what stands
/// around the only question of a problem, which moves into its response. Attributes of the `<problem>` are fields of
/// the block and no part of the text.
///
/// # Errors
/// OLX that is too long, malformed or no problem, and problems that the simple editor cannot say.
pub fn from_olx(olx: &str) -> Result<String, BackError> {
    if olx.len() > MAX_BYTES {
        return Err(BackError::TooLong { bytes: olx.len() });
    }
    let mut problem = Document::parse(olx, &Limits::default())?.root;
    if problem.name != "problem" {
        return Err(BackError::NoProblem(problem.name));
    }
    problem.merge_cdata();
    let mut obstacles = Obstacles::new();
    let markdown = write(&problem, &mut obstacles);
    if obstacles.is_empty()
        && let Some(obstacle) = difference(&problem, &markdown)
    {
        obstacles.push(obstacle);
    }
    if obstacles.is_empty() { Ok(markdown) } else { Err(BackError::Inexpressible(obstacles)) }
}

/// Writes a problem as far as it can be written.
fn write(problem: &Element, obstacles: &mut Obstacles) -> String {
    let mut hints = String::new();
    let mut parts = Vec::new();
    for node in &problem.children {
        match node {
            Node::Element(element) if element.name == "demandhint" => {
                hints += &prose::demand_hints(element, obstacles);
            }
            Node::Element(element) => parts.push(element),
            Node::Text(text) if text.trim().is_empty() => {}
            Node::Comment(_) => {}
            _ => obstacles.push(Obstacle::new(codes::TEXT, problem, "there is text outside of elements")),
        }
    }
    let questions: Vec<String> =
        split(&parts).into_iter().map(|part| question::write(part, obstacles)).collect();
    let mut markdown = questions.join(SEPARATOR);
    if !hints.is_empty() {
        markdown = format!("{markdown}\n{hints}");
    }
    markdown
}

/// Returns what is to stand between separators.
///
/// A response that holds more than itself is one question. What stands beside plain responses has to stay there, and
/// so it is one text with them.
fn split<'p>(parts: &'p [&'p Element]) -> Vec<&'p [&'p Element]> {
    let alone = |element: &Element| question::is_plain(element) == Some(false);
    let mut questions = Vec::new();
    for run in parts.chunk_by(|left, right| !alone(left) && !alone(right)) {
        if run.len() > 1 && run.iter().all(|element| question::is_plain(element) == Some(true)) {
            questions.extend(run.chunks(1));
        } else {
            questions.push(run);
        }
    }
    questions
}

/// Converts the text and says where it is not the same problem.
fn difference(problem: &Element, markdown: &str) -> Option<Obstacle> {
    let again = to_olx(markdown).ok().map(|converted| converted.olx);
    let again = again.and_then(|olx| Document::parse(&olx, &Limits::default()).ok());
    let Some(Document { root: mut again, .. }) = again else {
        let message = "the text would not be well-formed";
        return Some(Obstacle::new(codes::READS_DIFFERENTLY, problem, message));
    };
    again.merge_cdata();
    let place = equal::first_difference(&normal(problem), &normal(&again))?;
    Some(Obstacle {
        code: codes::READS_DIFFERENTLY,
        element: place.name,
        line: place.line,
        message: "the text would be read as something else".to_owned(),
    })
}

/// Returns the elements of a problem as [`to_olx`] arranges them.
fn normal(problem: &Element) -> Element {
    let mut hints = Element::new("demandhint");
    let mut rest = Vec::new();
    for node in &problem.children {
        match node {
            Node::Element(element) if element.name == "demandhint" => {
                hints.children.extend(element.children.clone())
            }
            Node::Element(_) => rest.push(node.clone()),
            _ => {}
        }
    }
    let alone =
        |node: &Node| node.as_element().is_some_and(|element| question::is_plain(element) == Some(false));
    let mut normal = Element::new("problem");
    for run in rest.chunk_by(|left, right| !alone(left) && !alone(right)) {
        match merge(run.to_vec()) {
            Ok(response) => normal.children.push(Node::Element(response)),
            Err(nodes) => normal.children.extend(nodes),
        }
    }
    normal.children.push(Node::Element(hints));
    normal
}
