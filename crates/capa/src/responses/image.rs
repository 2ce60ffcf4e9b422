//! `imageresponse` (capa §6.13).

use olx::Element;
use serde_json::Value as Json;

use super::polygon::{Hull, MAX_COORDINATE, Point};
use super::{Grading, Hint, Response, Source, Submission};
use crate::CapaError;
use crate::answers::Value;
use crate::correct_map::Entry;
use crate::instance::Shown;
use crate::python::strip;
use crate::vars::Vars;

/// Points of all regions of one picture, at most.
const MAX_POINTS: usize = 10_000;

#[derive(Debug)]
struct ImageResponse {
    pictures: Vec<Picture>,
}

/// Where a click on one picture is right.
#[derive(Debug)]
struct Picture {
    /// As the author wrote them, to be shown.
    written: (Option<String>, Option<String>),
    /// In order. A fault is met only by clicks that nothing before it took, as in the reference.
    areas: Vec<Result<Area, String>>,
}

#[derive(Debug)]
enum Area {
    /// Corners with the smaller and with the larger coordinates; the border belongs to it.
    Rectangle(Point, Point),
    Region(Hull),
}

/// Compiles an `imageresponse`.
pub(super) fn compile(source: &Source<'_>) -> Result<Box<dyn Response>, CapaError> {
    Ok(Box::new(ImageResponse { pictures: source.inputs.iter().map(|input| picture(input)).collect() }))
}

fn picture(input: &Element) -> Picture {
    let attribute = |name: &str| input.attr(name).map(str::to_owned);
    let mut areas = Vec::new();
    if let Some(text) = input.attr("rectangle").filter(|text| !text.is_empty()) {
        areas.extend(text.split(';').map(rectangle));
    }
    if let Some(text) = input.attr("regions").filter(|text| !text.is_empty()) {
        match regions(text) {
            Ok(found) => areas.extend(found),
            Err(fault) => areas.push(Err(fault)),
        }
    }
    Picture { written: (attribute("rectangle"), attribute("regions")), areas }
}

/// Reads `(x1,y1)-(x2,y2)`; what comes behind is ignored.
fn rectangle(text: &str) -> Result<Area, String> {
    let bare = strip(text).replace(' ', "");
    let read = || {
        let (from, rest) = corner(&bare)?;
        let (to, _) = corner(rest.strip_prefix('-')?)?;
        Some(Area::Rectangle(from, to))
    };
    read().ok_or_else(|| format!("the rectangle {text:?} is not written (x1,y1)-(x2,y2)"))
}

fn corner(text: &str) -> Option<(Point, &str)> {
    let (point, rest) = pair(text.strip_prefix(['(', '['])?)?;
    Some((point, rest.strip_prefix([')', ']'])?))
}

/// Reads two whole numbers with a comma between them.
fn pair(text: &str) -> Option<(Point, &str)> {
    let number = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..end].parse::<f64>().ok().map(|number| (number, end))
    };
    let (x, end) = number(text)?;
    let rest = text[end..].strip_prefix(',')?;
    let (y, end) = number(rest)?;
    Some(((x, y), &rest[end..]))
}

/// Reads a list of points, or a list of such lists.
fn regions(text: &str) -> Result<Vec<Result<Area, String>>, String> {
    let parsed: Json = serde_json::from_str(text).map_err(|error| format!("regions is no JSON: {error}"))?;
    let list = match &parsed {
        Json::Array(list) => list.as_slice(),
        Json::Null | Json::Bool(false) => &[],
        _ => return Err("regions is no list".to_owned()),
    };
    let Some(first) = list.first() else { return Ok(Vec::new()) };
    let several = first.get(0).ok_or("the first of the regions is no list of points")?.is_array();
    let lists: Vec<&[Json]> = if several {
        list.iter().map(|region| region.as_array().map_or(&[][..], Vec::as_slice)).collect()
    } else {
        vec![list]
    };
    if lists.iter().map(|region| region.len()).sum::<usize>() > MAX_POINTS {
        return Err(format!("regions has more than {MAX_POINTS} points"));
    }
    let area = |region: &[Json]| {
        let points: Option<Vec<Point>> = region.iter().map(point).collect();
        points
            .map(|points| Area::Region(Hull::of(points)))
            .ok_or_else(|| format!("a region has a point that is not two numbers up to {MAX_COORDINATE}"))
    };
    Ok(lists.into_iter().map(area).collect())
}

fn point(value: &Json) -> Option<Point> {
    let coordinate = |at: usize| value.get(at)?.as_f64().filter(|value| value.abs() <= MAX_COORDINATE);
    Some((coordinate(0)?, coordinate(1)?))
}

/// Reads the point of an answer, `[x,y]`; what comes behind is ignored.
pub(crate) fn answered_point(text: &str) -> Option<(f64, f64)> {
    let bare = text.replace(' ', "");
    let (point, rest) = pair(bare.strip_prefix('[')?)?;
    rest.starts_with(']').then_some(point)
}

impl Area {
    fn contains(&self, (x, y): Point) -> bool {
        match self {
            Self::Rectangle(from, to) => from.0 <= x && x <= to.0 && from.1 <= y && y <= to.1,
            Self::Region(hull) => x.max(y) <= MAX_COORDINATE && hull.contains((x, y)),
        }
    }
}

impl Picture {
    fn grade(&self, id: &str, answer: Option<&Value>) -> Result<Entry, CapaError> {
        let text = answer
            .and_then(Value::as_text)
            .ok_or_else(|| CapaError::generic(format!("there is no point for {id}")))?;
        if text.is_empty() {
            return Ok(Entry::graded(false));
        }
        let point = answered_point(text).ok_or_else(|| {
            CapaError::generic(format!(
                "[capamodule.capa.responsetypes.imageinput] error grading {id} (input={text})"
            ))
        })?;
        for area in &self.areas {
            if area.as_ref().map_err(CapaError::generic)?.contains(point) {
                return Ok(Entry::graded(true));
            }
        }
        Ok(Entry::graded(false))
    }
}

impl Response for ImageResponse {
    fn grade(&self, submission: &Submission<'_>) -> Result<Grading, CapaError> {
        let answered = submission.ids.iter().zip(&submission.values);
        let graded =
            self.pictures.iter().zip(answered).map(|(picture, (id, value))| picture.grade(id, *value));
        Ok(graded.collect::<Result<Vec<_>, _>>()?.into())
    }

    fn hint(&self, _submission: &Submission<'_>, _entries: &[Entry]) -> Result<Option<Hint>, CapaError> {
        Ok(None)
    }

    fn shown(&self, _vars: &Vars) -> Vec<Option<Shown>> {
        let shown = |picture: &Picture| {
            let (rectangle, regions) = picture.written.clone();
            Some(Shown::Areas { rectangle, regions })
        };
        self.pictures.iter().map(shown).collect()
    }

    fn faults(&self) -> Vec<String> {
        let areas = self.pictures.iter().flat_map(|picture| &picture.areas);
        areas.filter_map(|area| area.as_ref().err().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use olx::{Document, Limits};

    fn with(attributes: &str) -> Picture {
        let xml = format!("<imageinput {attributes}/>");
        picture(&Document::parse(&xml, &Limits::default()).expect("well-formed").root)
    }

    fn correct(picture: &Picture, answer: &str) -> Option<bool> {
        let entry = picture.grade("p_2_1", Some(&Value::Text(answer.to_owned()))).ok()?;
        Some(entry.points() > 0.0)
    }

    #[test]
    fn a_rectangle_includes_its_border() {
        let picture = with("rectangle='(10, 20)-(30,40);[50,50]-[60,60]'");
        for (answer, expected) in [
            ("[10,20]", true),
            ("[30,40]", true),
            ("[ 20 , 30 ] and more", true),
            ("[55,55]", true),
            ("[31,40]", false),
            ("[40,45]", false),
            ("", false),
        ] {
            assert_eq!(correct(&picture, answer), Some(expected), "{answer}");
        }
    }

    #[test]
    fn answers_that_are_no_point_are_refused() {
        let picture = with("rectangle='(10,20)-(30,40)'");
        for answer in ["12,13", "[a,b]", "[1.5,2]", "[-3,4]", "[1,2", "[,]", "[1;2]", "\u{663}"] {
            assert_eq!(correct(&picture, answer), None, "{answer}");
        }
        assert!(picture.grade("p_2_1", None).is_err());
        assert!(picture.grade("p_2_1", Some(&Value::List(Vec::new()))).is_err());
        let huge = format!("[{0},{0}]", "9".repeat(1000));
        assert_eq!(correct(&picture, &huge), Some(false));
        assert_eq!(correct(&with("regions='[[0,0],[9,0],[0,9]]'"), &huge), Some(false));
    }

    #[test]
    fn regions_are_tried_after_rectangles() {
        let picture = with("rectangle='(0,0)-(5,5)' regions='[[[10,10],[10,40],[40,10]],[[50,50],[60,60]]]'");
        assert_eq!(correct(&picture, "[5,5]"), Some(true));
        assert_eq!(correct(&picture, "[15,15]"), Some(true));
        assert_eq!(correct(&picture, "[10,10]"), Some(false));
        assert_eq!(correct(&picture, "[55,55]"), Some(false));
        assert_eq!(correct(&with("regions='[]'"), "[5,5]"), Some(false));
        assert_eq!(correct(&with(""), "[5,5]"), Some(false));
    }

    #[test]
    fn what_cannot_be_read_is_met_only_by_clicks_that_come_to_it() {
        let picture = with("rectangle='(0,0)-(5,5);oops'");
        assert_eq!(correct(&picture, "[5,5]"), Some(true));
        assert_eq!(correct(&picture, "[6,6]"), None);
    }

    #[test]
    fn hostile_regions_are_told_to_the_author() {
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        let many = format!("[{}]", vec!["[1,2]"; 100_000].join(","));
        for regions in [
            &deep,
            &many,
            "[[NaN,1],[2,2],[3,1]]",
            "[[1e999,1],[2,2],[3,1]]",
            "[[1e30,1],[2,2],[3,1]]",
            "[[[1,1],[2,2],[3]]]",
            "[1,2,3]",
            "{\"a\": 1}",
            "5",
            "[[[1,1],[2,2],[3,1]",
        ] {
            let response = ImageResponse { pictures: vec![with(&format!("regions='{regions}'"))] };
            assert_eq!(response.faults().len(), 1, "{regions:.60}");
            assert_eq!(correct(&response.pictures[0], "[1,1]"), None, "{regions:.60}");
        }
    }
}
