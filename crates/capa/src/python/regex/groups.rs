//! What parentheses open.

use super::PatternError;
use super::parse::{MAX_DEPTH, Parser, Result};
use super::tree::Node;

impl Parser {
    /// Reads what follows an opening parenthesis; none for comments and flags.
    pub(super) fn group(&mut self, start: usize, first: bool) -> Result<Option<Node>> {
        if !self.take('?') {
            return self.capture(None, start).map(Some);
        }
        let end = || self.error("unexpected end of pattern");
        let kind = self.peek().ok_or_else(end)?;
        self.at += 1;
        match kind {
            'P' => {
                let next = self.next().ok_or_else(|| self.error("unexpected end of pattern"))?;
                match next {
                    '<' => {
                        let name = self.name('>')?;
                        self.capture(Some(name), start).map(Some)
                    }
                    '=' => {
                        let at = self.at;
                        let name = self.name(')')?;
                        let group = self.named(&name, at)?;
                        self.reference(group, at).map(Some)
                    }
                    _ => self.error_at("unknown extension", start + 1),
                }
            }
            ':' => self.inside(start).map(grouped).map(Some),
            '>' => Ok(Some(Node::Atomic(Box::new(self.inside(start)?)))),
            '#' => {
                while let Some(character) = self.next() {
                    match character {
                        ')' => return Ok(None),
                        '\\' => drop(self.next()),
                        _ => {}
                    }
                }
                self.error_at("missing ), unterminated comment", start)
            }
            '=' | '!' => self.look(None, kind == '!', start).map(Some),
            '<' => match self.next() {
                Some(kind @ ('=' | '!')) => self.look(Some(0), kind == '!', start).map(Some),
                _ => self.error_at("unknown extension", start + 1),
            },
            '(' => self.conditional(start).map(Some),
            'a' | 'i' | 'L' | 'm' | 's' | 'u' | 'x' | '-' => self.flags(kind, start, first),
            _ => self.error_at("unknown extension", start + 1),
        }
    }

    /// Reads up to the closing parenthesis.
    fn inside(&mut self, start: usize) -> Result<Node> {
        let outer = self.flags;
        let node = self.alternatives()?;
        self.flags = outer;
        if self.take(')') { Ok(node) } else { self.error_at("missing ), unterminated subpattern", start) }
    }

    fn capture(&mut self, name: Option<String>, start: usize) -> Result<Node> {
        self.groups.push(None);
        let group = self.groups.len();
        if let Some(name) = name
            && self.names.insert(name, group).is_some()
        {
            return self.error_at("redefinition of group name", start);
        }
        let node = self.inside(start)?;
        self.groups[group - 1] = Some(node.width(&self.groups));
        Ok(Node::Group(group, Box::new(node)))
    }

    fn look(&mut self, behind: Option<u64>, negative: bool, start: usize) -> Result<Node> {
        let outer = self.look_behind;
        if behind.is_some() && outer.is_none() {
            self.look_behind = Some(self.groups.len());
        }
        let node = Box::new(self.inside(start)?);
        self.look_behind = outer;
        let behind = match (behind, node.width(&self.groups)) {
            (None, _) => None,
            (Some(_), (low, high)) if low == high => Some(low),
            _ => return self.error_at("look-behind requires fixed-width pattern", start),
        };
        Ok(Node::Look { behind, negative, node })
    }

    fn conditional(&mut self, start: usize) -> Result<Node> {
        let at = self.at;
        let text: String = self.source[at..].iter().take_while(|&&c| c != ')').collect();
        let group = if text.starts_with(|c: char| c.is_ascii_digit()) {
            self.at += text.chars().count() + 1;
            match text.parse::<usize>() {
                Ok(0) => return self.error_at("bad group number", at),
                Ok(group) => group,
                Err(_) => return self.error_at("bad character in group name", at),
            }
        } else {
            let name = self.name(')')?;
            self.named(&name, at)?
        };
        self.conditions.push((group, at));
        self.check_look_behind(group, at)?;
        let outer = self.flags;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(PatternError::Unsupported(format!("groups are nested deeper than {MAX_DEPTH}")));
        }
        let yes = Box::new(self.sequence(false)?);
        let no = Box::new(if self.take('|') { self.sequence(false)? } else { Node::Empty });
        self.depth -= 1;
        self.flags = outer;
        match self.next() {
            Some(')') => Ok(Node::Conditional { group, yes, no }),
            Some('|') => self.error_at("conditional backref with more than two branches", start),
            _ => self.error_at("missing ), unterminated subpattern", start),
        }
    }

    /// Reads flags: for the group they open, or, at the start of the pattern, for all that follows.
    fn flags(&mut self, first_letter: char, start: usize, first: bool) -> Result<Option<Node>> {
        let (mut letter, mut on) = (Some(first_letter), true);
        let mut flags = self.flags;
        let (mut turned_on, mut last) = (String::new(), None);
        loop {
            match letter {
                Some('L') => {
                    return self.error_at("bad inline flags: cannot use 'L' flag with a str pattern", start);
                }
                Some('a' | 'u') if !on => {
                    return self.error_at("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", start);
                }
                Some(flag @ ('a' | 'u')) if turned_on.contains(if flag == 'a' { 'u' } else { 'a' }) => {
                    return self.error_at("bad inline flags: flags 'a', 'u' and 'L' are incompatible", start);
                }
                Some(flag @ ('a' | 'i' | 'm' | 's' | 'u' | 'x')) => {
                    if on {
                        turned_on.push(flag);
                    } else if turned_on.contains(flag) {
                        return self.error_at("bad inline flags: flag turned on and off", start);
                    }
                    flags.set(if flag == 'u' { 'a' } else { flag }, on && flag != 'u');
                }
                Some('-') if on => on = false,
                Some(')') if on => break,
                Some(':') if last != Some('-') => break,
                Some(other) if other.is_alphabetic() => return self.error_at("unknown flag", self.at),
                _ => return self.error_at("missing -, : or )", self.at),
            }
            last = letter;
            letter = self.next();
        }
        if letter == Some(')') {
            if !first {
                return self.error_at("global flags not at the start of the expression", start);
            }
            if flags.ascii {
                return Err(PatternError::Invalid("ASCII and UNICODE flags are incompatible".to_owned()));
            }
            self.flags = flags;
            return Ok(None);
        }
        let outer = std::mem::replace(&mut self.flags, flags);
        let node = self.inside(start);
        self.flags = outer;
        node.map(grouped).map(Some)
    }

    fn name(&mut self, end: char) -> Result<String> {
        let start = self.at;
        let name: String = self.source[start..].iter().take_while(|&&c| c != end).collect();
        self.at += name.chars().count();
        if !self.take(end) {
            let what = if name.is_empty() { "missing group name" } else { "missing end of group name" };
            return self.error_at(what, start);
        }
        let head = |c: char| c.is_alphabetic() || c == '_';
        let identifier = name.starts_with(head) && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        match (name.is_empty(), identifier) {
            (true, _) => self.error_at("missing group name", start),
            (_, false) => self.error_at("bad character in group name", start),
            _ => Ok(name),
        }
    }

    fn named(&self, name: &str, at: usize) -> Result<usize> {
        match self.names.get(name) {
            Some(group) => Ok(*group),
            None => self.error_at("unknown group name", at),
        }
    }

    pub(super) fn reference(&self, group: usize, at: usize) -> Result<Node> {
        match self.groups.get(group.wrapping_sub(1)) {
            None => self.error_at(&format!("invalid group reference {group}"), at),
            Some(None) => self.error_at("cannot refer to an open group", at),
            Some(Some(_)) => {
                self.check_look_behind(group, at)?;
                Ok(Node::Backref { group, ignore_case: self.flags.ignore_case })
            }
        }
    }

    fn check_look_behind(&self, group: usize, at: usize) -> Result<()> {
        let Some(before) = self.look_behind else { return Ok(()) };
        match self.groups.get(group - 1) {
            Some(None) => self.error_at("cannot refer to an open group", at),
            _ if group > before => {
                self.error_at("cannot refer to group defined in the same lookbehind subpattern", at)
            }
            _ => Ok(()),
        }
    }
}

/// Makes a group without a number one item, so that it can be repeated whatever is in it.
fn grouped(node: Node) -> Node {
    match node {
        Node::At(_) | Node::Repeat { .. } => Node::Concat(vec![node]),
        other => other,
    }
}
