//! Convex hulls of the points that mark a region of a picture (capa §6.13).

/// A point in pixels.
pub(super) type Point = (f64, f64);

/// The largest coordinate. Below it the products of whole coordinates are exact, so a border is met exactly.
pub(super) const MAX_COORDINATE: f64 = 1e7;

/// The convex hull of some points.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Hull {
    /// Its corners in one direction, at least three and no three in a line; none when the points have no area.
    corners: Vec<Point>,
}

/// Returns twice the signed area of a triangle: positive when `c` lies to the left of the way from `a` to `b`.
fn turn(a: Point, b: Point, c: Point) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

impl Hull {
    /// Returns the hull of points with finite coordinates.
    pub(super) fn of(mut points: Vec<Point>) -> Self {
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        points.dedup();
        let mut corners = half(points.iter().copied());
        corners.extend(half(points.iter().rev().copied()));
        if corners.len() < 3 {
            corners.clear();
        }
        Self { corners }
    }

    /// Returns whether the point is inside; the border is outside.
    pub(super) fn contains(&self, point: Point) -> bool {
        let ends = self.corners.iter().cycle().skip(1);
        !self.corners.is_empty() && self.corners.iter().zip(ends).all(|(&a, &b)| turn(a, b, point) > 0.0)
    }
}

/// Returns one half of the hull of sorted points, without its last corner, which begins the other half.
fn half(points: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut corners: Vec<Point> = Vec::new();
    for point in points {
        while let [.., a, b] = corners.as_slice()
            && turn(*a, *b, point) <= 0.0
        {
            corners.pop();
        }
        corners.push(point);
    }
    corners.pop();
    corners
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hull(points: &[(i32, i32)]) -> Hull {
        Hull::of(points.iter().map(|&(x, y)| (f64::from(x), f64::from(y))).collect())
    }

    #[test]
    fn the_border_is_outside() {
        let triangle = hull(&[(10, 10), (10, 40), (40, 10)]);
        assert!(triangle.contains((15.0, 15.0)));
        for outside in [(10.0, 10.0), (25.0, 25.0), (10.0, 20.0), (26.0, 25.0), (9.0, 20.0), (41.0, 10.0)] {
            assert!(!triangle.contains(outside), "{outside:?}");
        }
    }

    #[test]
    fn a_dent_is_filled() {
        let arrow = hull(&[(0, 0), (10, 0), (5, 5), (10, 10), (0, 10)]);
        assert!(arrow.contains((9.0, 5.0)));
    }

    #[test]
    fn points_without_area_have_no_inside() {
        for points in [&[][..], &[(5, 5)], &[(5, 5), (50, 50)], &[(0, 0), (5, 5), (9, 9), (0, 0)]] {
            assert!(!hull(points).contains((5.0, 5.0)), "{points:?}");
        }
    }

    /// Looks for a line through two of the points that has all of them on one side, and the point not strictly there.
    fn inside_by_every_pair(points: &[(i64, i64)], p: (i64, i64)) -> bool {
        let turn = |a: (i64, i64), b: (i64, i64), c: (i64, i64)| {
            (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
        };
        let mut has_area = false;
        for &a in points {
            for &b in points {
                if points.iter().any(|&c| turn(a, b, c) < 0) {
                    continue;
                }
                if points.iter().any(|&c| turn(a, b, c) > 0) {
                    has_area = true;
                    if turn(a, b, p) <= 0 {
                        return false;
                    }
                }
            }
        }
        has_area
    }

    proptest! {
        #[test]
        fn agrees_with_every_pair_of_points(
            points in prop::collection::vec((-9_i32..9, -9_i32..9), 0..9),
            x in -10_i32..10,
            y in -10_i32..10,
        ) {
            let wide: Vec<(i64, i64)> = points.iter().map(|&(x, y)| (x.into(), y.into())).collect();
            let expected = inside_by_every_pair(&wide, (x.into(), y.into()));
            prop_assert_eq!(hull(&points).contains((x.into(), y.into())), expected);
        }
    }
}
