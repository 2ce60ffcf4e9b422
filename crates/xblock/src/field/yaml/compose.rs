//! From tokens to a graph of nodes; aliases share the node they name.

use std::collections::HashMap;
use std::rc::Rc;

use super::scanner::Scanner;
use super::token::Token;
use crate::field::FieldError;

type Result<T> = std::result::Result<T, FieldError>;

/// Collections inside one another.
const MAX_DEPTH: usize = 64;

/// A node with its explicit tag, if it has one that counts.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) tag: Option<String>,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Scalar { text: String, is_plain: bool },
    Sequence(Vec<Rc<Node>>),
    Mapping(Vec<(Rc<Node>, Rc<Node>)>),
}

/// Where a node stands, which decides what it may be.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Flow,
    Block,
    /// In a block mapping, where a sequence needs no indentation of its own.
    BlockOrIndentless,
}

/// Composes the one document of a text; nothing if it has none.
pub(super) fn compose(text: &str) -> Result<Option<Rc<Node>>> {
    let mut composer = Composer { scanner: Scanner::new(text), anchors: HashMap::new(), depth: 0 };
    let starts_implicitly =
        !matches!(composer.scanner.peek_token()?, Token::Directive | Token::DocumentStart | Token::StreamEnd);
    let root = if starts_implicitly {
        composer.node(Place::Block)?
    } else {
        match composer.explicit_document()? {
            Some(root) => root,
            None => return Ok(None),
        }
    };
    while *composer.scanner.peek_token()? == Token::DocumentEnd {
        composer.scanner.next_token()?;
    }
    match composer.scanner.peek_token()? {
        Token::StreamEnd => Ok(Some(root)),
        _ => Err(composer.scanner.error("expected a single document")),
    }
}

struct Composer {
    scanner: Scanner,
    anchors: HashMap<String, Rc<Node>>,
    depth: usize,
}

impl Composer {
    fn explicit_document(&mut self) -> Result<Option<Rc<Node>>> {
        if *self.scanner.peek_token()? == Token::StreamEnd {
            return Ok(None);
        }
        while *self.scanner.peek_token()? == Token::Directive {
            self.scanner.next_token()?;
        }
        if self.scanner.next_token()? != Token::DocumentStart {
            return Err(self.scanner.error("expected '---' after directives"));
        }
        let ends = [Token::Directive, Token::DocumentStart, Token::DocumentEnd, Token::StreamEnd];
        if self.next_is(&ends)? { Ok(Some(empty(None))) } else { self.node(Place::Block).map(Some) }
    }

    fn next_is(&mut self, tokens: &[Token]) -> Result<bool> {
        Ok(tokens.contains(self.scanner.peek_token()?))
    }

    fn take_if(&mut self, token: &Token) -> Result<bool> {
        let found = self.scanner.peek_token()? == token;
        if found {
            self.scanner.next_token()?;
        }
        Ok(found)
    }

    /// Composes a node, or an empty one if the next token is one of those.
    fn node_unless(&mut self, ends: &[Token], place: Place) -> Result<Rc<Node>> {
        if self.next_is(ends)? { Ok(empty(None)) } else { self.node(place) }
    }

    fn node(&mut self, place: Place) -> Result<Rc<Node>> {
        if let Token::Alias(name) = self.scanner.peek_token()? {
            let node = self.anchors.get(name).cloned();
            self.scanner.next_token()?;
            return node.ok_or_else(|| self.scanner.error("the alias names no earlier node"));
        }
        let (mut anchor, mut tag) = (None, None);
        loop {
            match self.scanner.peek_token()? {
                Token::Anchor(_) if anchor.is_none() => {
                    if let Token::Anchor(name) = self.scanner.next_token()? {
                        anchor = Some(name);
                    }
                }
                Token::Tag(..) if tag.is_none() => {
                    if let Token::Tag(handle, suffix) = self.scanner.next_token()? {
                        tag = Some(self.resolve_tag(handle.as_deref(), suffix)?);
                    }
                }
                _ => break,
            }
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.scanner.error("the text is nested too deep"));
        }
        let node = self.untagged(place, anchor.is_some(), tag)?;
        self.depth -= 1;
        if let Some(name) = anchor {
            self.anchors.insert(name, Rc::clone(&node));
        }
        Ok(node)
    }

    fn resolve_tag(&self, handle: Option<&str>, suffix: String) -> Result<String> {
        match handle {
            None => Ok(suffix),
            Some("!") => Ok(format!("!{suffix}")),
            Some("!!") => Ok(format!("tag:yaml.org,2002:{suffix}")),
            Some(_) => Err(self.scanner.error("the handle of the tag is not declared")),
        }
    }

    fn untagged(&mut self, place: Place, has_anchor: bool, tag: Option<String>) -> Result<Rc<Node>> {
        let block = place != Place::Flow;
        let has_properties = has_anchor || tag.is_some();
        // `!` alone makes a scalar plain, whatever its quotes.
        let forced_plain = tag.as_deref() == Some("!");
        let tag = tag.filter(|_| !forced_plain);
        let content = match self.scanner.peek_token()? {
            Token::BlockEntry if place == Place::BlockOrIndentless => self.block_sequence(false)?,
            Token::Scalar { .. } => match self.scanner.next_token()? {
                Token::Scalar { text, is_plain } => {
                    Content::Scalar { text, is_plain: is_plain || forced_plain }
                }
                _ => return Ok(empty(tag)),
            },
            Token::FlowSequenceStart => self.flow_sequence()?,
            Token::FlowMappingStart => self.flow_mapping()?,
            Token::BlockSequenceStart if block => self.block_sequence(true)?,
            Token::BlockMappingStart if block => self.block_mapping()?,
            _ if has_properties => return Ok(empty(tag)),
            _ => return Err(self.scanner.error("expected a value")),
        };
        Ok(Rc::new(Node { tag, content }))
    }

    fn block_sequence(&mut self, indented: bool) -> Result<Content> {
        if indented {
            self.scanner.next_token()?;
        }
        let mut items = Vec::new();
        while self.take_if(&Token::BlockEntry)? {
            let ends: &[Token] = if indented {
                &[Token::BlockEntry, Token::BlockEnd]
            } else {
                &[Token::BlockEntry, Token::Key, Token::Value, Token::BlockEnd]
            };
            items.push(self.node_unless(ends, Place::Block)?);
        }
        if indented && !self.take_if(&Token::BlockEnd)? {
            return Err(self.scanner.error("expected the next entry or the end of the list"));
        }
        Ok(Content::Sequence(items))
    }

    fn block_mapping(&mut self) -> Result<Content> {
        self.scanner.next_token()?;
        let ends = [Token::Key, Token::Value, Token::BlockEnd];
        let mut pairs = Vec::new();
        while self.take_if(&Token::Key)? {
            let key = self.node_unless(&ends, Place::BlockOrIndentless)?;
            let value = if self.take_if(&Token::Value)? {
                self.node_unless(&ends, Place::BlockOrIndentless)?
            } else {
                empty(None)
            };
            pairs.push((key, value));
        }
        if !self.take_if(&Token::BlockEnd)? {
            return Err(self.scanner.error("expected the next key or the end of the mapping"));
        }
        Ok(Content::Mapping(pairs))
    }

    fn flow_sequence(&mut self) -> Result<Content> {
        self.scanner.next_token()?;
        let mut items = Vec::new();
        loop {
            if self.take_if(&Token::FlowSequenceEnd)? {
                return Ok(Content::Sequence(items));
            }
            if !items.is_empty() {
                if !self.take_if(&Token::FlowEntry)? {
                    return Err(self.scanner.error("expected ',' or ']'"));
                }
                if self.take_if(&Token::FlowSequenceEnd)? {
                    return Ok(Content::Sequence(items));
                }
            }
            if self.take_if(&Token::Key)? {
                let pair = self.flow_pair(&Token::FlowSequenceEnd)?;
                items.push(Rc::new(Node { tag: None, content: Content::Mapping(vec![pair]) }));
            } else {
                items.push(self.node(Place::Flow)?);
            }
        }
    }

    fn flow_mapping(&mut self) -> Result<Content> {
        self.scanner.next_token()?;
        let mut pairs = Vec::new();
        loop {
            if self.take_if(&Token::FlowMappingEnd)? {
                return Ok(Content::Mapping(pairs));
            }
            if !pairs.is_empty() {
                if !self.take_if(&Token::FlowEntry)? {
                    return Err(self.scanner.error("expected ',' or '}'"));
                }
                if self.take_if(&Token::FlowMappingEnd)? {
                    return Ok(Content::Mapping(pairs));
                }
            }
            if self.take_if(&Token::Key)? {
                pairs.push(self.flow_pair(&Token::FlowMappingEnd)?);
            } else {
                pairs.push((self.node(Place::Flow)?, empty(None)));
            }
        }
    }

    fn flow_pair(&mut self, end: &Token) -> Result<(Rc<Node>, Rc<Node>)> {
        let key = self.node_unless(&[Token::Value, Token::FlowEntry, end.clone()], Place::Flow)?;
        let value = if self.take_if(&Token::Value)? {
            self.node_unless(&[Token::FlowEntry, end.clone()], Place::Flow)?
        } else {
            empty(None)
        };
        Ok((key, value))
    }
}

fn empty(tag: Option<String>) -> Rc<Node> {
    Rc::new(Node { tag, content: Content::Scalar { text: String::new(), is_plain: true } })
}
